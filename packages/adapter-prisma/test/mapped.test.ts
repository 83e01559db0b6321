/** Tables and columns that the app calls by other names (`@@map`, `@map`), in another schema on PostgreSQL (`@@schema`). */
import { SCHEMA, type Table } from "@latchkey/core";
import { createTablesSql, type Dialect } from "@latchkey/core/sql";
import { adapterSuite } from "@latchkey/core/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PrismaAdapter } from "../src/index.js";
import { clear, describeOn, openDatabase, type TestDatabase, targetOf } from "./clients.js";
import { mappedName } from "./prisma-schema.mjs";
import { user } from "./records.js";

const QUOTE: Record<Dialect, string> = { sqlite: '"', postgresql: '"', mysql: "`" };

/** What turns our own tables into those of the mapped schema. */
function renameAll(dialect: Dialect): string[] {
  const quote = (name: string) => QUOTE[dialect] + name + QUOTE[dialect];
  const renamed = Object.entries<Table>(SCHEMA).flatMap(([table, { columns }]) => [
    ...Object.keys(columns).map(
      (column) => `ALTER TABLE ${quote(table)} RENAME COLUMN ${quote(column)} TO ${quote(mappedName(column))}`,
    ),
    `ALTER TABLE ${quote(table)} RENAME TO ${quote(mappedName(table))}`,
  ]);
  if (dialect !== "postgresql") return renamed;
  const moved = Object.keys(SCHEMA).map((table) => `ALTER TABLE ${quote(mappedName(table))} SET SCHEMA auth`);
  return [...renamed, "CREATE SCHEMA auth", ...moved];
}

for (const dialect of ["sqlite", "postgresql", "mysql"] as const)
  describeOn(targetOf(dialect), (target) => {
    let opened: TestDatabase;
    beforeAll(async () => {
      const tables = [...createTablesSql(dialect, "prisma"), ...renameAll(dialect)];
      opened = await openDatabase(target, { tables, client: `${target.client}-mapped` });
    });
    afterAll(() => opened.close());

    adapterSuite(`${target.name}, mapped names`, async () => {
      await clear(opened);
      return { adapter: PrismaAdapter(opened.prisma), statements: () => opened.sent.length, close: async () => {} };
    });

    test("check() finds nothing wrong with tables of other names", async () => {
      expect(await PrismaAdapter(opened.prisma).check()).toEqual([]);
    });
  });

describeOn(targetOf("postgresql"), (target) => {
  test("the schema that the driver adapter is given is where the tables are, whatever the search path", async () => {
    const own = createTablesSql("postgresql", "prisma");
    const moved = Object.keys(SCHEMA).map((table) => `ALTER TABLE ${table} SET SCHEMA tenant`);
    const tables = [...own, "CREATE SCHEMA tenant", ...moved, ...own];
    const opened = await openDatabase(target, { tables, driver: { schema: "tenant" } });
    try {
      const adapter = PrismaAdapter(opened.prisma);
      await adapter.createUser(user("ann"));
      expect(await opened.prisma.user.findUnique({ where: { id: "ann" } })).toMatchObject({ id: "ann" });
      expect(await opened.database.query("SELECT id FROM tenant.users")).toEqual([{ id: "ann" }]);
      expect(await opened.database.query("SELECT id FROM public.users")).toEqual([]);
      expect(await adapter.check()).toEqual([]);
    } finally {
      await opened.close();
    }
  });
});
