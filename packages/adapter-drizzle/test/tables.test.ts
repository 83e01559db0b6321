/** The tables: those of Drizzle, those of the SQL and those of the schema are the same. */
import { SCHEMA, type Table } from "@latchkey/core";
import { createClient } from "@libsql/client";
import { getTableColumns } from "drizzle-orm";
import { drizzle } from "drizzle-orm/libsql";
import { getTableConfig, integer, type SQLiteTable, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import {
  createTables,
  createTablesSql,
  DrizzleAdapter,
  drizzleAdapter,
  type SqliteTables,
  sqliteTables,
} from "../src/index.js";
import { openMemory } from "./database.js";

const DATA_TYPES = {
  id: "string",
  text: "string",
  instant: "date",
  boolean: "boolean",
  integer: "number",
  json: "json",
};
const TABLES = Object.entries<Table>(SCHEMA);
const sorted = (lists: readonly (readonly string[])[]) => lists.map((list) => list.join()).sort();
const table = (name: string): SQLiteTable => sqliteTables[name as keyof typeof sqliteTables];

test("sqliteTables has the tables of the schema, no more and no less", () => {
  expect(Object.keys(sqliteTables)).toEqual(Object.keys(SCHEMA));
});

test.each(TABLES)(
  "the Drizzle table %s has the columns, keys and indexes of the schema",
  (name, { columns, unique, indexes }) => {
    const config = getTableConfig(table(name));
    const actual = Object.entries(getTableColumns(table(name))).map(([key, column]) => ({
      key,
      name: column.name,
      dataType: column.dataType,
      notNull: column.notNull,
      default: column.default,
      primary: column.primary,
    }));
    const expected = Object.entries(columns).map(([key, column]) => ({
      key,
      name: key,
      dataType: DATA_TYPES[column.kind],
      notNull: !column.nullable,
      default: column.default,
      primary: column.kind === "id",
    }));
    expect(actual).toEqual(expected);
    expect(config.name).toBe(name);

    const uniqueColumns = config.columns.filter(({ isUnique }) => isUnique).map((column) => [column.name]);
    const uniqueSets = config.uniqueConstraints.map((constraint) => constraint.columns.map((column) => column.name));
    expect(sorted([...uniqueColumns, ...uniqueSets])).toEqual(sorted(unique));
    expect(
      sorted(config.indexes.map((index) => index.config.columns.map((column) => (column as { name: string }).name))),
    ).toEqual(sorted(indexes));
  },
);

test.each(TABLES)("the references of %s cascade as the schema says", (name, { columns }) => {
  const references = getTableConfig(table(name)).foreignKeys.map((key) => {
    const { columns: from, foreignTable } = key.reference();
    return [from[0]?.name, getTableConfig(foreignTable).name, key.onDelete];
  });
  const expected = Object.entries(columns).flatMap(([column, { references: to }]) =>
    to ? [[column, to, "cascade"]] : [],
  );
  expect(references).toEqual(expected);
});

test.each(TABLES)(
  "the SQL of %s makes the columns, keys and indexes of the schema",
  async (name, { columns, unique, indexes }) => {
    const { client, close } = await openMemory();
    const rows = async (query: string) => (await client.execute(query)).rows;
    const made = await rows(`select name, type, "notnull", pk from pragma_table_info('${name}')`);
    const types = {
      id: "TEXT",
      text: "TEXT",
      instant: "INTEGER",
      boolean: "INTEGER",
      integer: "INTEGER",
      json: "TEXT",
    };
    expect(made.map((row) => [row.name, String(row.type).toUpperCase(), row.notnull, row.pk])).toEqual(
      Object.entries(columns).map(([column, { kind, nullable }]) => [
        column,
        types[kind],
        nullable ? 0 : 1,
        kind === "id" ? 1 : 0,
      ]),
    );
    const lists = await rows(`select name, "unique" from pragma_index_list('${name}') where origin = 'c'`);
    const indexed = await Promise.all(
      lists.map(async (index) => ({
        unique: index.unique,
        columns: (await rows(`select name from pragma_index_info('${index.name}') order by seqno`)).map((row) =>
          String(row.name),
        ),
      })),
    );
    expect(sorted(indexed.filter((index) => index.unique === 1).map((index) => index.columns))).toEqual(sorted(unique));
    expect(sorted(indexed.filter((index) => index.unique === 0).map((index) => index.columns))).toEqual(
      sorted(indexes),
    );
    await close();
  },
);

test("createTables can run again and keeps what is there", async () => {
  const { adapter, db, close } = await openMemory();
  const dates = { createdAt: new Date(0), updatedAt: new Date(0) };
  await adapter.createUser({ id: "user-1", ...dates });
  await createTables(db);
  expect(await adapter.getUser("user-1")).not.toBeNull();
  expect(createTablesSql().every((statement) => statement.includes("IF NOT EXISTS"))).toBe(true);
  await close();
});

test("both spellings make the same adapter", () => {
  expect(drizzleAdapter).toBe(DrizzleAdapter);
});

const users = sqliteTables.users;

test.each([
  [
    "a column that is missing",
    { ...sqliteTables, users: sqliteTable("users", { id: text("id") }) },
    "tables.users.email",
  ],
  ["a table that is missing", { ...sqliteTables, sessions: undefined }, "tables.sessions"],
  ["a column of another kind", appUsers({ createdAt: text("createdAt") }), "tables.users.createdAt"],
  [
    "an instant without milliseconds",
    appUsers({ createdAt: integer("createdAt", { mode: "timestamp" }) }),
    "milliseconds",
  ],
])("the app's tables are refused at the start for %s, by name", (_, tables, named) => {
  const db = drizzle(createClient({ url: ":memory:" }));
  expect(() => DrizzleAdapter(db, tables as unknown as SqliteTables)).toThrow(
    expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(named) }),
  );
});

function appUsers(columns: Record<string, ReturnType<typeof text | typeof integer>>) {
  const instant = (name: string) => integer(name, { mode: "timestamp_ms" });
  const boolean = (name: string) => integer(name, { mode: "boolean" });
  const own = {
    id: text("user_id").primaryKey(),
    email: text("email_address").unique(),
    emailVerified: boolean("email_verified").notNull().default(false),
    phone: text("phone").unique(),
    phoneVerified: boolean("phone_verified").notNull().default(false),
    name: text("full_name"),
    picture: text("picture"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    disabledAt: instant("disabled_at"),
    plan: text("plan").notNull().default("free"),
  };
  return { ...sqliteTables, users: sqliteTable("app_users", { ...own, ...columns }) };
}

test("the app's own table works with other names in the database, and more columns", async () => {
  const client = createClient({ url: ":memory:" });
  const db = drizzle(client, { schema: appUsers({}) });
  await client.execute(
    `create table app_users (user_id text primary key, email_address text unique, email_verified integer, phone text unique,
     phone_verified integer, full_name text, picture text, created_at integer, updated_at integer, disabled_at integer, plan text)`,
  );
  const adapter = DrizzleAdapter(db, appUsers({}));
  const dates = { createdAt: new Date(1), updatedAt: new Date(2) };
  const created = await adapter.createUser({ id: "user-1", email: "ada@example.com", ...dates });
  expect(await adapter.getUserByEmail("ada@example.com")).toEqual(created);
  await expect(adapter.createUser({ id: "user-2", email: "ada@example.com", ...dates })).rejects.toMatchObject({
    code: "user_exists",
  });
  expect((await client.execute("select plan from app_users")).rows[0]?.plan).toBe("free");
  expect(Object.keys(created).sort()).toEqual(Object.keys(getTableColumns(users)).sort());
  client.close();
});
