/** F-27: what `auth.check()` and `latchkey doctor` say of tables, on each dialect with a real database. */
import { createSqlAdapter, createTablesSql, type SqlDatabase } from "@latchkey/core/sql";
import { createClient } from "@libsql/client";
import mysql from "mysql2/promise";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { createDatabase, isMissing } from "../../../test/servers/databases.js";
import { mysqlDatabase } from "../src/drivers/mysql.js";
import { postgresqlDatabase } from "../src/drivers/postgresql.js";
import { sqliteDatabase } from "../src/drivers/sqlite.js";

const hasNoPostgresql = await isMissing("PostgreSQL");
const hasNoMariadb = await isMissing("MariaDB");

interface Opened {
  database: SqlDatabase;
  execute(sql: string): Promise<unknown>;
}

async function openSqlite(flavour: "drizzle" | "prisma" = "drizzle"): Promise<Opened> {
  const client = createClient({ url: ":memory:" });
  onTestFinished(() => client.close());
  const execute = (sql: string) => client.execute(sql);
  for (const statement of createTablesSql("sqlite", flavour)) await execute(statement);
  return { database: sqliteDatabase(client), execute };
}

async function openPostgresql(flavour: "drizzle" | "prisma" = "drizzle"): Promise<Opened> {
  const { url, query, drop } = await createDatabase("PostgreSQL");
  const pool = new pg.Pool({ connectionString: url });
  onTestFinished(async () => {
    await pool.end();
    await drop();
  });
  if (flavour === "prisma") {
    await query("DROP TABLE sessions, accounts, users, verifications");
    for (const statement of createTablesSql("postgresql", flavour)) await query(statement);
  }
  return { database: postgresqlDatabase(pool), execute: query };
}

async function openMysql(): Promise<Opened> {
  const { url, query, drop } = await createDatabase("MariaDB");
  const pool = mysql.createPool({ uri: url, dateStrings: true });
  onTestFinished(async () => {
    await pool.end();
    await drop();
  });
  return { database: mysqlDatabase(pool), execute: query };
}

const check = ({ database }: Opened) => createSqlAdapter(database).check();

describe("tables as the schema says have no problem", () => {
  test.each(["drizzle", "prisma"] as const)("SQLite, %s", async (flavour) =>
    expect(await check(await openSqlite(flavour))).toEqual([]),
  );
  test.skipIf(hasNoPostgresql).each(["drizzle", "prisma"] as const)("PostgreSQL, %s", async (flavour) =>
    expect(await check(await openPostgresql(flavour))).toEqual([]),
  );
  test.skipIf(hasNoMariadb)("MariaDB", async () => expect(await check(await openMysql())).toEqual([]));
});

test.each([
  ["a missing table", "DROP TABLE verifications", 'the table "verifications" is missing'],
  ["a missing column", "ALTER TABLE sessions DROP COLUMN scopes", 'the column "sessions".scopes is missing'],
  ["a missing unique index", "DROP INDEX users_email_key", '"users" needs a unique index on (email)'],
  ["a missing index", "DROP INDEX sessions_userId_idx", '"sessions" needs an index on (userId)'],
])("SQLite: %s is named", async (_, change, problem) => {
  const opened = await openSqlite();
  await opened.execute(change);
  expect(await check(opened)).toEqual([problem]);
});

test("SQLite: foreign keys that are not enforced are named", async () => {
  const opened = await openSqlite();
  await opened.execute("PRAGMA foreign_keys = off");
  expect(await check(opened)).toEqual([
    expect.stringContaining(
      '"sessions".userId must refer to users with ON DELETE CASCADE, and foreign_keys must be on',
    ),
    expect.stringContaining('"accounts".userId must refer to users'),
  ]);
});

test.skipIf(hasNoPostgresql).each([
  ["a missing table", "DROP TABLE verifications", 'the table "verifications" is missing'],
  ["a missing column", "ALTER TABLE sessions DROP COLUMN scopes", 'the column "sessions".scopes is missing'],
  [
    "an instant without milliseconds",
    "ALTER TABLE sessions ALTER expires TYPE timestamptz(0)",
    "keeps milliseconds, and is timestamp(0)",
  ],
  ["text in a date column", 'ALTER TABLE users ALTER "createdAt" TYPE text', '"users".createdAt must be a timestamp'],
  [
    "an address that is no text",
    "ALTER TABLE users ALTER email TYPE integer USING 0",
    '"users".email must be text, and is integer',
  ],
  [
    "a column that must not be null",
    'ALTER TABLE sessions ALTER "absoluteExpires" DROP NOT NULL',
    '"sessions".absoluteExpires must be NOT NULL',
  ],
  [
    "a column that must allow null",
    'ALTER TABLE sessions ALTER "userAgent" SET NOT NULL',
    '"sessions".userAgent must allow NULL',
  ],
  [
    "a missing primary key",
    "ALTER TABLE verifications DROP CONSTRAINT verifications_pkey",
    '"verifications".id must be the primary key',
  ],
  [
    "a missing unique index",
    "DROP INDEX verifications_identifier_purpose_key",
    '"verifications" needs a unique index on (identifier, purpose)',
  ],
  [
    "a unique index of some rows only",
    'DROP INDEX users_email_key; CREATE UNIQUE INDEX users_email_key ON users (email) WHERE "disabledAt" IS NULL',
    '"users" needs a unique index on (email)',
  ],
  ["a missing index", 'DROP INDEX "sessions_expires_idx"', '"sessions" needs an index on (expires)'],
  [
    "a reference that does not cascade",
    'ALTER TABLE sessions DROP CONSTRAINT "sessions_userId_fkey"; ALTER TABLE sessions ADD FOREIGN KEY ("userId") REFERENCES users',
    '"sessions".userId must refer to users with ON DELETE CASCADE',
  ],
])("PostgreSQL: %s is named", async (_, change, problem) => {
  const opened = await openPostgresql();
  await opened.execute(change);
  expect(await check(opened)).toEqual([expect.stringContaining(problem)]);
});

test.skipIf(hasNoMariadb).each([
  ["a missing column", "ALTER TABLE sessions DROP COLUMN scopes", "the column `sessions`.scopes is missing"],
  [
    "an instant without milliseconds",
    "ALTER TABLE sessions MODIFY expires datetime NOT NULL",
    "keeps milliseconds, and is datetime",
  ],
  ["a missing unique index", "DROP INDEX users_phone_key ON users", "`users` needs a unique index on (phone)"],
  ["a missing index", "DROP INDEX sessions_parentId_idx ON sessions", "`sessions` needs an index on (parentId)"],
  [
    "a column that must not be null",
    "ALTER TABLE sessions MODIFY absoluteExpires datetime(3) NULL",
    "`sessions`.absoluteExpires must be NOT NULL",
  ],
  [
    "a missing reference",
    "ALTER TABLE accounts DROP FOREIGN KEY accounts_userId_fkey",
    "`accounts`.userId must refer to users",
  ],
])("MariaDB: %s is named", async (_, change, problem) => {
  const opened = await openMysql();
  await opened.execute(change);
  expect(await check(opened)).toEqual([expect.stringContaining(problem)]);
});
