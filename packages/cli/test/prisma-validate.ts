/** Prisma's own judgement of a schema, from its command line. */
import { createRequire } from "node:module";
import path from "node:path";
import { newFolder, PACKAGE, run } from "./bin.js";

const PRISMA = path.join(
  path.dirname(createRequire(path.join(PACKAGE, "../adapter-prisma/package.json")).resolve("prisma/package.json")),
  "build/index.js",
);

/** @param models Without a datasource. @returns what Prisma has against it; empty where it is valid */
export async function validate(schema: string): Promise<string> {
  const cwd = await newFolder({ "schema.prisma": schema });
  // Validation needs no engine, but looks for one and would fetch it.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" };
  const { code, out, err } = await run(process.execPath, [PRISMA, "validate", "--schema", "schema.prisma"], {
    cwd,
    env,
  });
  return code === 0 ? "" : out + err;
}

export function datasource(provider: string, more = ""): string {
  return `datasource db {\n  provider = "${provider}"\n${more}}\n\n`;
}
