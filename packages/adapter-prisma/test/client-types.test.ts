/** The structural type takes every generated client as it is, without a cast. */
import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const GENERATED = join(import.meta.dirname, "../.generated");
const TSC = join(import.meta.dirname, "../node_modules/typescript/bin/tsc");

const PROGRAM = `
import { PrismaAdapter } from "../src/index.js";
import type { PrismaClient as Sqlite } from "./sqlite/client/client.js";
import type { PrismaClient as Postgresql } from "./postgresql/client/client.js";
import type { PrismaClient as Mysql } from "./mysql/client/client.js";
import type { PrismaClient as Sqlite6 } from "./sqlite6/client/client.js";
declare const sqlite: Sqlite, postgresql: Postgresql, mysql: Mysql, sqlite6: Sqlite6;
PrismaAdapter(sqlite);
PrismaAdapter(postgresql);
PrismaAdapter(mysql);
PrismaAdapter(sqlite6);
PrismaAdapter(postgresql.$extends({ query: { $allModels: { async findMany({ args, query }) { return query(args); } } } }));
PrismaAdapter(sqlite6.$extends({ result: { user: { greeting: { needs: { name: true }, compute: (user) => user.name } } } }));
// @ts-expect-error This is no Prisma client.
PrismaAdapter({ query: () => [] });
`;

test("generated clients of Prisma 7 and 6, and extended ones, fit; something else does not", async () => {
  const name = `types-${process.pid}`;
  const [file, config] = [join(GENERATED, `${name}.ts`), join(GENERATED, `${name}.json`)];
  const compilerOptions = {
    target: "ES2022",
    module: "NodeNext",
    types: ["node"],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  try {
    writeFileSync(file, PROGRAM);
    writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }));
    const { stdout } = await promisify(execFile)(process.execPath, [TSC, "-p", config]);
    expect(stdout).toBe("");
  } finally {
    rmSync(file, { force: true });
    rmSync(config, { force: true });
  }
});
