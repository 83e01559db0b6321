/** The ready tables are those of the schema in every dialect, and the SQL that makes them is that of drizzle-kit. */
import { SCHEMA, type Table } from "@latchkey/core";
import { createTablesSql, type Dialect, indexName } from "@latchkey/core/sql";
import * as kit from "drizzle-kit/api";
import { type AnyColumn, getTableColumns } from "drizzle-orm";
import { getTableConfig as mysqlConfig } from "drizzle-orm/mysql-core";
import { getTableConfig as pgConfig } from "drizzle-orm/pg-core";
import { getTableConfig as sqliteConfig } from "drizzle-orm/sqlite-core";
import { describe, expect, test } from "vitest";
import { createTables, DrizzleAdapter, drizzleAdapter, mysqlTables, pgTables, sqliteTables } from "../src/index.js";
import { catalogOfMysql, catalogOfPostgresql, catalogOfSqlite } from "./catalogs.js";
import { describeOn, type Target } from "./database.js";
import { mysql2, mysqlMissing } from "./mysql.js";
import { nodePostgres, pglite, postgresJs, postgresMissing } from "./postgresql.js";
import { betterSqlite, libsqlFile } from "./sqlite.js";

const KINDS = { id: "string", text: "string", instant: "date", boolean: "boolean", integer: "number", json: "json" };
const NAMES = Object.keys(SCHEMA) as (keyof typeof SCHEMA)[];

/** What Drizzle tells of a table, the same for each dialect. */
interface TableConfig {
  name: string;
  indexes: { config: { name?: string; unique?: boolean; columns: unknown[] } }[];
  foreignKeys: {
    getName(): string;
    onDelete?: string | undefined;
    onUpdate?: string | undefined;
    reference(): { columns: { name: string }[]; foreignColumns: { name: string; table: object }[] };
  }[];
}

const DIALECTS: [Dialect, Record<keyof typeof SCHEMA, object>, (table: never) => TableConfig][] = [
  ["sqlite", sqliteTables, sqliteConfig],
  ["postgresql", pgTables, pgConfig],
  ["mysql", mysqlTables, mysqlConfig],
];

describe.each(DIALECTS)("%s", (_, tables, configOf) => {
  test("has the tables of the schema, no more and no less", () => {
    expect(Object.keys(tables)).toEqual(NAMES);
  });

  test.each(NAMES)("%s has the columns of the schema", (name) => {
    const columns: Record<string, AnyColumn> = getTableColumns(tables[name] as never);
    const actual = Object.entries(columns).map(([key, column]) => ({
      key,
      name: column.name,
      dataType: column.dataType,
      notNull: column.notNull,
      default: column.default,
      primary: column.primary,
    }));
    const expected = Object.entries<Table["columns"][string]>(SCHEMA[name].columns).map(([key, column]) => ({
      key,
      name: key,
      dataType: KINDS[column.kind],
      notNull: !column.nullable,
      default: column.default,
      primary: column.kind === "id",
    }));
    expect(actual).toEqual(expected);
  });

  test.each(NAMES)("%s has the indexes of the schema by the names that Prisma gives", (name) => {
    const { indexes } = configOf(tables[name] as never);
    const actual = indexes.map(({ config }) => [
      config.name,
      config.unique ?? false,
      config.columns.map((column) => (column as { name: string }).name),
    ]);
    const { unique, indexes: others }: Table = SCHEMA[name];
    const expected = [
      ...unique.map((columns) => [indexName(name, columns, "key"), true, columns]),
      ...others.map((columns) => [indexName(name, columns, "idx"), false, columns]),
    ];
    expect(actual).toEqual(expected);
  });

  test.each(NAMES)("the references of %s cascade", (name) => {
    const actual = configOf(tables[name] as never).foreignKeys.map((key) => {
      const { columns, foreignColumns } = key.reference();
      const to = configOf(foreignColumns[0]?.table as never).name;
      return [key.getName(), columns[0]?.name, to, foreignColumns[0]?.name, key.onDelete, key.onUpdate];
    });
    const columns = Object.entries<Table["columns"][string]>(SCHEMA[name].columns);
    const expected = columns.flatMap(([column, { references }]) =>
      references ? [[indexName(name, [column], "fkey"), column, references, "id", "cascade", "cascade"]] : [],
    );
    expect(actual).toEqual(expected);
  });
});

describe("our SQL makes what drizzle-kit makes of our tables", () => {
  test("on SQLite", async () => {
    const [empty, full] = [await kit.generateSQLiteDrizzleJson({}), await kit.generateSQLiteDrizzleJson(sqliteTables)];
    const theirs = await catalogOfSqlite(await kit.generateSQLiteMigration(empty, full));
    expect(await catalogOfSqlite(createTablesSql("sqlite"))).toEqual(theirs);
    expect(theirs.columns).not.toHaveLength(0);
  });

  test.skipIf(postgresMissing !== null && process.env.CI !== "true")("on PostgreSQL", async () => {
    const migration = await kit.generateMigration(kit.generateDrizzleJson({}), kit.generateDrizzleJson(pgTables));
    const theirs = await catalogOfPostgresql(migration);
    expect(await catalogOfPostgresql(createTablesSql("postgresql"))).toEqual(theirs);
    expect(theirs.columns).not.toHaveLength(0);
  });

  test.skipIf(mysqlMissing !== null && process.env.CI !== "true")(
    "on MySQL or MariaDB, but for the collation",
    async () => {
      const [empty, full] = [await kit.generateMySQLDrizzleJson({}), await kit.generateMySQLDrizzleJson(mysqlTables)];
      const theirs = await catalogOfMysql(await kit.generateMySQLMigration(empty, full));
      expect(await catalogOfMysql(createTablesSql("mysql"))).toEqual(theirs);
      expect(theirs.columns).not.toHaveLength(0);
    },
  );
});

const ALL: readonly Target[] = [libsqlFile, betterSqlite, nodePostgres, postgresJs, pglite, mysql2];

for (const target of ALL)
  describeOn(target, ({ open }) => {
    test("createTables can run again, also many times at once, and keeps what is there", async () => {
      const { adapter, db, close } = await open();
      const dates = { createdAt: new Date(0), updatedAt: new Date(0) };
      await adapter.createUser({ id: "user-1", ...dates });
      await Promise.all(Array.from({ length: 5 }, () => createTables(db)));
      expect(await adapter.getUser("user-1")).not.toBeNull();
      await close();
    });

    test("check finds nothing wrong with the ready tables, and names what is gone", async () => {
      const { adapter, rows, close } = await open();
      expect(await adapter.check()).toEqual([]);
      await rows("ALTER TABLE sessions RENAME TO gone");
      try {
        expect(await adapter.check()).toEqual([expect.stringContaining("sessions")]);
      } finally {
        await rows("ALTER TABLE gone RENAME TO sessions");
        await close();
      }
    });
  });

test("both spellings make the same adapter", () => {
  expect(drizzleAdapter).toBe(DrizzleAdapter);
});
