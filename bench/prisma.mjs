/** Prisma clients on PostgreSQL. Generating one needs no network: the command line's own engine is named, but never run. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import { prismaSchema } from "../packages/adapter-prisma/test/prisma-schema.mjs";

const require = createRequire(import.meta.url);
// "prisma-client" writes TypeScript; this one writes JavaScript, around the same runtime.
const GENERATOR = 'provider = "prisma-client-js"';

const SCHEMAS = {
  latchkey: () => prismaSchema({ provider: "postgresql", generator: GENERATOR }),
  "better-auth": () => readFileSync(new URL("better-auth.prisma", import.meta.url), "utf8"),
};

const GENERATED = fileURLToPath(new URL(".generated/", import.meta.url));

/**
 * @param {keyof typeof SCHEMAS} name whose models
 * @param {string} connectionString
 */
export function openPrisma(name, connectionString) {
  const folder = `${GENERATED}${name}/`;
  mkdirSync(folder, { recursive: true });
  linkRuntime();
  writeFileSync(`${folder}schema.prisma`, SCHEMAS[name]());
  execFileSync(process.execPath, [require.resolve("prisma/build/index.js"), "generate", "--schema", "schema.prisma"], {
    cwd: folder,
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" },
    stdio: "pipe",
  });
  const { Prisma, PrismaClient } = require(`${folder}client`);
  return { prisma: new PrismaClient({ adapter: new PrismaPg({ connectionString }) }), sql: Prisma.sql };
}

/** What is generated imports a dependency of `@prisma/client`, which pnpm puts beside that one, and shows to nobody else. */
function linkRuntime() {
  const link = `${GENERATED}node_modules/@prisma/client-runtime-utils`;
  if (existsSync(link)) return;
  const client = realpathSync(new URL("node_modules/@prisma/client", import.meta.url));
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(client, "../client-runtime-utils"), link, "dir");
}
