/** The source for Drizzle: it compiles, and its tables are those of the adapter. */
import { mysqlTables, pgTables, sqliteTables } from "@latchkey/adapter-drizzle";
import type { Dialect } from "@latchkey/core/sql";
import { getTableConfig as mysqlConfig } from "drizzle-orm/mysql-core";
import { getTableConfig as pgConfig } from "drizzle-orm/pg-core";
import { getTableConfig as sqliteConfig } from "drizzle-orm/sqlite-core";
import { createJiti } from "jiti";
import { expect, test } from "vitest";
import { drizzleSource } from "../src/schema/drizzle.js";
import { newFolder } from "./bin.js";

interface Shape {
  name: string;
  columns: readonly { name: string; notNull: boolean; primary: boolean; default: unknown; getSQLType(): string }[];
  indexes: readonly { config: { name?: string; unique?: boolean; columns: readonly unknown[] } }[];
  foreignKeys: readonly { getName(): string; onDelete: unknown; onUpdate: unknown }[];
}

const SHAPES: Record<Dialect, (table: never) => unknown> = {
  sqlite: sqliteConfig,
  postgresql: pgConfig,
  mysql: mysqlConfig,
};
const OWN = { sqlite: sqliteTables, postgresql: pgTables, mysql: mysqlTables };

/** What the database sees of a table. */
function shapeOf(dialect: Dialect, table: unknown) {
  const { name, columns, indexes, foreignKeys } = SHAPES[dialect](table as never) as Shape;
  return {
    name,
    columns: columns.map((each) => [each.name, each.getSQLType(), each.notNull, each.primary, each.default]),
    indexes: indexes.map(({ config }) => [
      config.name,
      config.unique,
      config.columns.map((each) => (each as { name: string }).name),
    ]),
    foreignKeys: foreignKeys.map((each) => [each.getName(), each.onDelete, each.onUpdate]),
  };
}

test.each(["sqlite", "postgresql", "mysql"] as const)(
  "%s: the tables of the source equal those of the adapter",
  async (dialect) => {
    const folder = await newFolder({ "tables.ts": drizzleSource(dialect) });
    const tables = await createJiti(import.meta.url, { fsCache: false }).import<Record<string, unknown>>(
      `${folder}/tables.ts`,
    );
    expect(Object.keys(tables).sort()).toEqual(["accounts", "sessions", "users", "verifications"]);
    for (const [name, table] of Object.entries(OWN[dialect])) {
      const shape = shapeOf(dialect, table);
      expect(shapeOf(dialect, tables[name])).toEqual(shape);
      expect(shape.columns.length).toBeGreaterThan(6);
      expect(shape.indexes.length).toBeGreaterThan(0);
    }
  },
);
