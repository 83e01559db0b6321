/** What `prisma migrate` would write for a schema: its engine as WebAssembly, which knows SQLite and PostgreSQL but not MySQL. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";

type Factory = Parameters<typeof bindMigrationAwareSqlAdapterFactory>[0];

/** Node 20 cannot import WebAssembly. */
async function startEngine(): Promise<void> {
  const loader = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
  const code = readFileSync(loader.replace(/schema_engine\.js$/, "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(code, { "./schema_engine_bg.js": { ...bindings } });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}

let started: Promise<void> | undefined;

/**
 * @param client Folder in `.generated`
 * @param factory A driver adapter on an empty database of the same kind
 * @returns the statements that make the tables of the client's schema, one after the other
 */
export async function prismaMigration(client: string, factory: Factory): Promise<string[]> {
  started ??= startEngine();
  await started;
  const content = readFileSync(join(import.meta.dirname, "../.generated", client, "schema.prisma"), "utf8");
  const adapter = bindMigrationAwareSqlAdapterFactory(factory);
  const engine = await bindings.SchemaEngine.new({ datamodels: [["schema.prisma", content]] }, () => {}, adapter);
  const { stdout } = await engine.diff({
    from: { tag: "empty" },
    to: { tag: "schemaDatamodel", files: [{ path: "schema.prisma", content }] },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  return statementsOf(stdout ?? "");
}

function statementsOf(script: string): string[] {
  return script
    .replace(/^--.*$/gm, "")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

/** What the engine would say for MySQL, with the collation that it gives. */
export const MYSQL_MIGRATION = statementsOf(readFileSync(join(import.meta.dirname, "mysql-migration.sql"), "utf8"));
