/** The app's own tables: accepted when they have the columns, whatever they are called in the database; refused by name when not. */
import { createClient } from "@libsql/client";
import { drizzle as drizzleLibsql } from "drizzle-orm/libsql";
import * as mysql from "drizzle-orm/mysql-core";
import { drizzle as drizzleMysql } from "drizzle-orm/mysql2";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import * as pgCore from "drizzle-orm/pg-core";
import * as sqlite from "drizzle-orm/sqlite-core";
import { createConnection } from "mysql2";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { DrizzleAdapter, type DrizzleDatabase, mysqlTables, pgTables, sqliteTables } from "../src/index.js";
import { LATER, NOW, session } from "./calls.js";
import { describeOn } from "./database.js";
import { createDatabase, mysql2, openPool as openMysqlPool } from "./mysql.js";
import { createSchema, nodePostgres, openPool, pglite } from "./postgresql.js";

/** Nothing is asked of a database that is refused. */
const onSqlite = drizzleLibsql(createClient({ url: ":memory:" }));
const onPostgresql = drizzlePg(new pg.Pool());
const onMysql = drizzleMysql.mock();

/** A table of users that is right up to the column at hand. */
const sqliteUsers = (column: Record<string, ReturnType<typeof sqlite.text | typeof sqlite.integer>>) => {
  const [text, boolean] = [sqlite.text, () => sqlite.integer({ mode: "boolean" })];
  const own = { id: text(), email: text(), emailVerified: boolean(), phone: text(), phoneVerified: boolean() };
  const users = sqlite.sqliteTable("users", { ...own, name: text(), picture: text(), ...column });
  return { ...sqliteTables, users };
};
const pgUsers = (column: Record<string, pgCore.PgColumnBuilderBase>) => {
  const { text, boolean } = pgCore;
  const own = { id: text(), email: text(), emailVerified: boolean(), phone: text(), phoneVerified: boolean() };
  const users = pgCore.pgTable("users", { ...own, name: text(), picture: text(), ...column });
  return { ...pgTables, users };
};
const mysqlUsers = (column: Record<string, mysql.MySqlColumnBuilderBase>) => {
  const { text, boolean } = mysql;
  const own = { id: text(), email: text(), emailVerified: boolean(), phone: text(), phoneVerified: boolean() };
  const users = mysql.mysqlTable("users", { ...own, name: text(), picture: text(), ...column });
  return { ...mysqlTables, users };
};

/** Tests of what types would refuse already. */
function adapterOf(db: unknown, tables?: unknown) {
  return DrizzleAdapter(db as typeof onSqlite, tables as typeof sqliteTables);
}

describe("at the start", () => {
  test.each<[string, DrizzleDatabase, unknown, string]>([
    [
      "a column that is missing",
      onSqlite,
      { ...sqliteTables, users: sqlite.sqliteTable("users", { id: sqlite.text() }) },
      "tables.users.email",
    ],
    ["a table that is missing", onSqlite, { ...sqliteTables, sessions: undefined }, "tables.sessions"],
    ["tables of another dialect", onSqlite, pgTables, "tables.users"],
    ["tables of another dialect", onPostgresql, mysqlTables, "tables.users"],
    ["tables of another dialect", onMysql, sqliteTables, "tables.users"],
    ["a column of another kind", onSqlite, sqliteUsers({ createdAt: sqlite.text() }), "tables.users.createdAt"],
    ["a column of another kind", onPostgresql, pgUsers({ emailVerified: pgCore.text() }), "tables.users.emailVerified"],
    ["a column of another kind", onMysql, mysqlUsers({ emailVerified: mysql.int() }), "tables.users.emailVerified"],
    [
      "an instant in seconds",
      onSqlite,
      sqliteUsers({ createdAt: sqlite.integer({ mode: "timestamp" }) }),
      "milliseconds",
    ],
    ["an instant in seconds", onPostgresql, pgUsers({ createdAt: pgCore.timestamp({ precision: 0 }) }), "milliseconds"],
    ["an instant in days", onPostgresql, pgUsers({ createdAt: pgCore.date({ mode: "date" }) }), "milliseconds"],
    ["an instant in seconds", onMysql, mysqlUsers({ createdAt: mysql.datetime() }), "milliseconds"],
    ["an instant in seconds", onMysql, mysqlUsers({ createdAt: mysql.timestamp() }), "milliseconds"],
    ["an instant in days", onMysql, mysqlUsers({ createdAt: mysql.date() }), "milliseconds"],
  ])("%s is refused by name (%#)", (_, db, tables, named) => {
    expect(() => adapterOf(db, tables)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(named) }),
    );
  });

  test.each([
    ["what is no database of Drizzle", {}, "drizzle()"],
    ["nothing", undefined, "drizzle()"],
    ["one connection of node-postgres", drizzlePg(new pg.Client()), "pg.Pool"],
  ])("%s is refused", (_, db, named) => {
    expect(() => adapterOf(db)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(named) }),
    );
  });

  test("one connection of mysql2 is refused", () => {
    const connection = createConnection({ port: 1 });
    connection.on("error", () => {});
    expect(() => DrizzleAdapter(drizzleMysql(connection))).toThrow("pool");
    connection.destroy();
  });
});

/** Puts a user with a session in and takes them out again, with all that can go wrong on the way: instants, flags, JSON, nulls. */
async function exercise(adapter: ReturnType<typeof DrizzleAdapter>): Promise<void> {
  const dates = { createdAt: NOW, updatedAt: NOW };
  const created = await adapter.createUser({ id: "user-1", email: "ada@example.com", emailVerified: true, ...dates });
  expect(await adapter.getUserByEmail("ada@example.com")).toEqual(created);
  await expect(adapter.createUser({ id: "user-2", email: "ada@example.com", ...dates })).rejects.toMatchObject({
    code: "user_exists",
  });
  const draft = { ...session("session-1"), data: { role: 'o\'neill \\ "x" ä' }, scopes: ["read"] };
  await adapter.createSession(draft, { limit: { max: 1, policy: "evict-oldest" } });
  const { tokenHash, ...record } = draft;
  expect(await adapter.getSession({ tokenHash })).toEqual({ session: record, user: created });
  await adapter.updateSession("session-1", { data: {}, scopes: null, expires: NOW }, { updatedAt: NOW });
  expect(await adapter.listSessions("user-1", NOW)).toEqual([]);
  await adapter.updateSession("session-1", { expires: LATER });
  expect((await adapter.listSessions("user-1", NOW))[0]).toEqual({ ...record, data: {}, scopes: null, expires: LATER });
  expect(await adapter.deleteUserSessions("user-1")).toEqual(["session-1"]);
}

test("SQLite: other names in the database, and more columns", async () => {
  const client = createClient({ url: ":memory:" });
  onTestFinished(() => client.close());
  const instant = (name: string) => sqlite.integer(name, { mode: "timestamp_ms" });
  const boolean = (name: string) => sqlite.integer(name, { mode: "boolean" });
  const users = sqlite.sqliteTable("app_users", {
    id: sqlite.text("user_id").primaryKey(),
    email: sqlite.text("email_address").unique(),
    emailVerified: boolean("email_verified").notNull().default(false),
    phone: sqlite.text("phone").unique(),
    phoneVerified: boolean("phone_verified").notNull().default(false),
    name: sqlite.text("full_name"),
    picture: sqlite.text("picture"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    disabledAt: instant("disabled_at"),
    plan: sqlite.text("plan").notNull().default("free"),
  });
  const tables = { ...sqliteTables, users };
  const db = drizzleLibsql(client, { schema: tables });
  await client.executeMultiple(
    `CREATE TABLE app_users (user_id TEXT PRIMARY KEY, email_address TEXT UNIQUE, email_verified INTEGER, phone TEXT UNIQUE,
     phone_verified INTEGER, full_name TEXT, picture TEXT, created_at INTEGER, updated_at INTEGER, disabled_at INTEGER,
     plan TEXT DEFAULT 'free');
     CREATE TABLE sessions (id TEXT PRIMARY KEY, tokenHash TEXT, userId TEXT, type TEXT, expires INTEGER, absoluteExpires INTEGER,
     authenticatedAt INTEGER, ipAddress TEXT, userAgent TEXT, data TEXT, parentId TEXT, agentId TEXT, scopes TEXT,
     createdAt INTEGER, updatedAt INTEGER)`,
  );
  await exercise(DrizzleAdapter(db, tables));
  expect((await client.execute("SELECT plan FROM app_users")).rows[0]?.plan).toBe("free");
});

describeOn(nodePostgres, () => {
  test("PostgreSQL: a schema of its own, names by `casing`, times without time zone, text in a varchar, json for jsonb", async () => {
    const schema = await createSchema();
    const pool = openPool("public");
    onTestFinished(() => pool.end());
    const { boolean, json, pgSchema, text, timestamp, varchar } = pgCore;
    const auth = pgSchema(schema);
    const dates = { createdAt: timestamp().notNull(), updatedAt: timestamp({ precision: 6 }).notNull() };
    const users = auth.table("Members", {
      ...{ id: varchar({ length: 64 }).primaryKey(), email: text().unique(), emailVerified: boolean().notNull() },
      ...{ phone: text(), phoneVerified: boolean().notNull(), name: text(), picture: text(), disabledAt: timestamp() },
      ...dates,
    });
    const sessions = auth.table("logins", {
      ...{ id: varchar({ length: 64 }).primaryKey(), tokenHash: text().unique(), userId: text(), type: text() },
      ...{ expires: timestamp(), absoluteExpires: timestamp(), authenticatedAt: timestamp() },
      ...{ ipAddress: text(), userAgent: text(), data: json(), parentId: text(), agentId: text(), scopes: json() },
      ...dates,
    });
    await pool.query(
      `CREATE TABLE ${schema}."Members" (id varchar(64) PRIMARY KEY, email text UNIQUE, email_verified boolean, phone text,
       phone_verified boolean, name text, picture text, disabled_at timestamp, created_at timestamp, updated_at timestamp);
       CREATE TABLE ${schema}.logins (id varchar(64) PRIMARY KEY, token_hash text UNIQUE, user_id text, type text,
       expires timestamp, absolute_expires timestamp, authenticated_at timestamp, ip_address text, user_agent text, data json,
       parent_id text, agent_id text, scopes json, created_at timestamp, updated_at timestamp)`,
    );
    const tables = { ...pgTables, users, sessions };
    await exercise(DrizzleAdapter(drizzlePg(pool, { casing: "snake_case", schema: tables }), tables));
    const [row] = (await pool.query(`SELECT created_at::text AS at FROM ${schema}."Members"`)).rows;
    expect(row.at).toBe("2026-03-01 12:00:00.123");
  });
});

describeOn(mysql2, () => {
  test("MySQL: another database, other names, times as TIMESTAMP", async () => {
    const database = await createDatabase();
    const pool = openMysqlPool("information_schema");
    onTestFinished(() => pool.promise().end());
    const { boolean, int, json, mysqlSchema, text, timestamp, varchar } = mysql;
    const auth = mysqlSchema(database);
    const key = (name: string) => varchar(name, { length: 64 });
    const instant = (name: string) => timestamp(name, { fsp: 6 });
    const users = auth.table("members", {
      ...{ id: key("user_id").primaryKey(), email: key("mail"), emailVerified: boolean("ok"), name: text("n") },
      ...{ phone: key("tel"), phoneVerified: boolean("tel_ok"), picture: text("pic"), disabledAt: instant("gone") },
      ...{ createdAt: instant("made"), updatedAt: instant("changed"), visits: int("visits").default(0) },
    });
    const sessions = auth.table("logins", {
      ...{ id: key("id").primaryKey(), tokenHash: key("hash"), userId: key("owner"), type: text("how") },
      ...{ expires: instant("e"), absoluteExpires: instant("ae"), authenticatedAt: instant("aa") },
      ...{ ipAddress: text("ip"), userAgent: text("ua"), data: json("claims"), parentId: key("p"), agentId: key("a") },
      ...{ scopes: json("sc"), createdAt: instant("made"), updatedAt: instant("changed") },
    });
    const connection = pool.promise();
    await connection.query(
      `CREATE TABLE ${database}.members (user_id varchar(64) PRIMARY KEY, mail varchar(64) UNIQUE, ok boolean, n text,
       tel varchar(64), tel_ok boolean, pic text, gone timestamp(6) NULL, made timestamp(6) NULL, changed timestamp(6) NULL,
       visits int DEFAULT 0)`,
    );
    await connection.query(
      `CREATE TABLE ${database}.logins (id varchar(64) PRIMARY KEY, hash varchar(64) UNIQUE, owner varchar(64), how text,
       e timestamp(6) NULL, ae timestamp(6) NULL, aa timestamp(6) NULL, ip text, ua text, claims json, p varchar(64),
       a varchar(64), sc json, made timestamp(6) NULL, changed timestamp(6) NULL)`,
    );
    await exercise(DrizzleAdapter(drizzleMysql(pool), { ...mysqlTables, users, sessions }));
  });
});

test("PostgreSQL: times in another style are an error, never a wrong instant", async () => {
  const { adapter, rows } = await pglite.open();
  await adapter.createUser({ id: "user-1", createdAt: NOW, updatedAt: NOW });
  expect((await adapter.getUser("user-1"))?.createdAt).toEqual(NOW);
  await rows("SET datestyle = 'SQL, DMY'");
  onTestFinished(() => rows("SET datestyle = 'ISO'").then(() => {}));
  await expect(adapter.getUser("user-1")).rejects.toThrow("DateStyle");
});
