/** The models for Prisma: Prisma takes them, and they are the tables of the core's schema. */
import { SCHEMA } from "@latchkey/core";
import type { Dialect } from "@latchkey/core/sql";
import { expect, test } from "vitest";
import { prismaModels } from "../src/schema/prisma.js";
import { parseBlocks } from "../src/schema/prisma-document.js";
import { mergePrisma } from "../src/schema/prisma-merge.js";
import { latchkey, newFolder } from "./bin.js";
import { datasource, validate } from "./prisma-validate.js";

const DIALECTS: readonly Dialect[] = ["sqlite", "postgresql", "mysql"];
const NAMES = { User: "users", Session: "sessions", Account: "accounts", Verification: "verifications" } as const;

test.each(DIALECTS)("%s: Prisma finds the models valid", async (dialect) => {
  expect(await validate(datasource(dialect) + prismaModels(dialect))).toBe("");
});

test.each(DIALECTS)("%s: the models have the fields of the tables, and every attribute that makes them", (dialect) => {
  for (const { name, entries } of parseBlocks(prismaModels(dialect))) {
    const table = NAMES[name as keyof typeof NAMES];
    const columns = Object.keys(SCHEMA[table].columns);
    const fields = entries.filter(
      (entry) => !entry.name.startsWith("@@") && !/^(User|Session\[\]|Account\[\])$/.test(entry.type),
    );
    expect(fields.map((field) => field.name)).toEqual(columns);
    expect(entries.at(-1)).toMatchObject({ name: "@@map", rest: `( "${table}" )` });
  }
  expect(prismaModels(dialect).match(/onDelete: Cascade/g)).toHaveLength(2);
});

test("merging the models into a file that has them changes nothing", () => {
  for (const dialect of DIALECTS) {
    const schema = datasource(dialect) + prismaModels(dialect);
    expect(mergePrisma(schema, dialect)).toEqual({ schema, conflicts: [] });
  }
});

const APP = `${datasource("postgresql")}enum Role {
  ADMIN
  USER
}

model User {
  id    String  @id @default(uuid())
  email String? @unique // lower case
  role  Role    @default(USER)
  posts Post[]
}

model Post {
  id       Int    @id @default(autoincrement())
  author   User   @relation(fields: [authorId], references: [id])
  authorId String
}
`;

test("B46: an app's schema.prisma keeps every line, a diff is shown, and Prisma finds the outcome valid", async () => {
  const cwd = await newFolder({ "schema.prisma": APP });
  const merge = (...args: string[]) =>
    latchkey(["schema", "--orm", "prisma", "--out", "schema.prisma", ...args], { cwd });
  const asked = await merge();
  expect(asked).toMatchObject({ code: 2 });
  expect(asked.out).toContain("+model Session {");
  expect(asked.err).toContain("--yes");

  const written = await merge("--yes", "--json");
  expect(written).toMatchObject({ code: 0, err: "" });
  expect(written.json()).toMatchObject({ written: true, conflicts: [], dialect: "postgresql" });
  const diff = String(written.json().diff).split("\n");
  expect(diff.filter((line) => /^-(?!--)/.test(line))).toEqual([]);
  const { readFile } = await import("node:fs/promises");
  const schema = await readFile(`${cwd}/schema.prisma`, "utf8");
  expect(await validate(schema)).toBe("");
  expect((await merge("--json")).json()).toMatchObject({ written: false, diff: "" });
});
