/** The tables for SQLite: as Drizzle tables, and as SQL. Both equal `SCHEMA` of `@latchkey/core`; a test holds them to it. */
import { type Claims, type ColumnKind, type Column as ColumnOfSchema, SCHEMA, type Table } from "@latchkey/core";
import { sql } from "drizzle-orm";
import {
  index,
  integer,
  type SQLiteColumn,
  type SQLiteTable,
  sqliteTable,
  text,
  unique,
} from "drizzle-orm/sqlite-core";
import type { TableName } from "../columns.js";
import type { SqliteDatabase } from "./database.js";

/** Milliseconds since 1970. */
const instant = <N extends string>(name: N) => integer(name, { mode: "timestamp_ms" });
const boolean = <N extends string>(name: N) => integer(name, { mode: "boolean" });

const users = sqliteTable("users", {
  id: text("id").primaryKey(),
  email: text("email").unique(),
  emailVerified: boolean("emailVerified").notNull().default(false),
  phone: text("phone").unique(),
  phoneVerified: boolean("phoneVerified").notNull().default(false),
  name: text("name"),
  picture: text("picture"),
  createdAt: instant("createdAt").notNull(),
  updatedAt: instant("updatedAt").notNull(),
  disabledAt: instant("disabledAt"),
});

const userId = () =>
  text("userId")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" });

const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    tokenHash: text("tokenHash").notNull().unique(),
    userId: userId(),
    type: text("type").notNull(),
    expires: instant("expires").notNull(),
    absoluteExpires: instant("absoluteExpires").notNull(),
    authenticatedAt: instant("authenticatedAt").notNull(),
    ipAddress: text("ipAddress"),
    userAgent: text("userAgent"),
    data: text("data", { mode: "json" }).$type<Claims>().notNull(),
    parentId: text("parentId"),
    agentId: text("agentId"),
    scopes: text("scopes", { mode: "json" }).$type<string[]>(),
    createdAt: instant("createdAt").notNull(),
    updatedAt: instant("updatedAt").notNull(),
  },
  (table) => [
    index("sessions_userId_index").on(table.userId),
    index("sessions_expires_index").on(table.expires),
    index("sessions_parentId_index").on(table.parentId),
  ],
);

const accounts = sqliteTable(
  "accounts",
  {
    id: text("id").primaryKey(),
    userId: userId(),
    provider: text("provider").notNull(),
    providerAccountId: text("providerAccountId").notNull(),
    passwordHash: text("passwordHash"),
    accessToken: text("accessToken"),
    refreshToken: text("refreshToken"),
    idToken: text("idToken"),
    accessTokenExpires: instant("accessTokenExpires"),
    scope: text("scope"),
    createdAt: instant("createdAt").notNull(),
    updatedAt: instant("updatedAt").notNull(),
  },
  (table) => [
    unique("accounts_provider_providerAccountId_unique").on(table.provider, table.providerAccountId),
    index("accounts_userId_index").on(table.userId),
  ],
);

const verifications = sqliteTable(
  "verifications",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    purpose: text("purpose").notNull(),
    tokenHash: text("tokenHash").notNull(),
    attempts: integer("attempts").notNull().default(0),
    expires: instant("expires").notNull(),
    createdAt: instant("createdAt").notNull(),
  },
  (table) => [
    unique("verifications_identifier_purpose_unique").on(table.identifier, table.purpose),
    index("verifications_expires_index").on(table.expires),
  ],
);

/** Spread them into the app's own Drizzle schema, so that its migrations and queries know them. */
export const sqliteTables = { users, sessions, accounts, verifications };

/** Tables of the app that have the columns, whatever else they have. */
export type SqliteTables = {
  [T in TableName]: SQLiteTable & { [C in keyof (typeof SCHEMA)[T]["columns"]]: SQLiteColumn };
};

const SQL_TYPES: Record<ColumnKind, string> = {
  id: "text PRIMARY KEY",
  text: "text",
  instant: "integer",
  boolean: "integer",
  integer: "integer",
  json: "text",
};

/** SQL that creates what is not there yet of tables and indexes, one statement an entry. Index names are those that drizzle-kit gives. */
export function createTablesSql(): string[] {
  return Object.entries<Table>(SCHEMA).flatMap(([name, { columns, unique: uniques, indexes }]) => [
    `CREATE TABLE IF NOT EXISTS "${name}" (\n${tableBody(columns)}\n)`,
    ...uniques.map((unique) => createIndex("UNIQUE INDEX", name, unique, "unique")),
    ...indexes.map((index) => createIndex("INDEX", name, index, "index")),
  ]);
}

/** Runs {@link createTablesSql}: for tests, examples and apps without migrations. */
export async function createTables(db: SqliteDatabase): Promise<void> {
  for (const statement of createTablesSql()) await db.run(sql.raw(statement));
}

function tableBody(columns: Record<string, ColumnOfSchema>): string {
  const all = Object.entries(columns);
  const foreignKeys = all.flatMap(([name, { references }]) =>
    references === undefined ? [] : [`FOREIGN KEY ("${name}") REFERENCES "${references}" ("id") ON DELETE CASCADE`],
  );
  return [...all.map(([name, column]) => columnSql(name, column)), ...foreignKeys]
    .map((line) => `  ${line}`)
    .join(",\n");
}

function columnSql(name: string, { kind, nullable, default: initial }: ColumnOfSchema): string {
  const defaultSql = initial === undefined ? "" : ` DEFAULT ${Number(initial)}`;
  return `"${name}" ${SQL_TYPES[kind]}${defaultSql}${nullable ? "" : " NOT NULL"}`;
}

function createIndex(kind: string, table: string, columns: readonly string[], suffix: string): string {
  const list = columns.map((column) => `"${column}"`).join(", ");
  return `CREATE ${kind} IF NOT EXISTS "${table}_${columns.join("_")}_${suffix}" ON "${table}" (${list})`;
}
