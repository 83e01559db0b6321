/** The app's database through Drizzle: libsql on a file, node-postgres, mysql2. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createTables, DrizzleAdapter, mysqlTables, pgTables, sqliteTables } from "@latchkey/adapter-drizzle";
import type { Adapter } from "@latchkey/core";
import type { Dialect } from "@latchkey/core/sql";
import { createClient } from "@libsql/client";
import { and, desc, eq, gt } from "drizzle-orm";
import { drizzle as drizzleLibsql, type LibSQLDatabase } from "drizzle-orm/libsql";
import { drizzle as drizzleMysql } from "drizzle-orm/mysql2";
import { drizzle as drizzlePostgres } from "drizzle-orm/node-postgres";
import { createPool, type RowDataPacket } from "mysql2";
import pg from "pg";
import { createDatabase } from "../servers/databases.js";
import type { OpenDatabase, OpenOptions, Orm } from "./orm.js";

/** How an app writes its queries; the three dialects differ in their types alone. */
export interface Queries {
  db: LibSQLDatabase;
  tables: typeof sqliteTables;
}

export interface DrizzleAppDatabase extends OpenDatabase, Queries {}

/** A driver on a database of its own that has the tables. */
interface Driver extends Queries, Pick<OpenDatabase, "query" | "close"> {
  adapter: Adapter;
}

/** Milliseconds that a writer of SQLite waits for its turn. */
const PATIENCE = 5000;

const OPENERS: Record<Dialect, (sent: string[], timeZone: string | undefined) => Promise<Driver>> = {
  sqlite: openLibsql,
  postgresql: openPostgres,
  mysql: openMysql,
};

export async function openDrizzle(dialect: Dialect, { timeZone }: OpenOptions = {}): Promise<DrizzleAppDatabase> {
  const sent: string[] = [];
  const driver = await OPENERS[dialect](sent, timeZone);
  return { ...driver, sent, orm: ormOver(driver) };
}

function ormOver({ db, tables: { sessions, users, verifications } }: Queries): Orm {
  return {
    list: (userId, now) =>
      db
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), gt(sessions.expires, now)))
        .orderBy(desc(sessions.createdAt)),
    find: async (id) => (await db.select().from(sessions).where(eq(sessions.id, id)))[0] ?? null,
    create: async (row) => void (await db.insert(sessions).values(row)),
    update: async (id, change) => void (await db.update(sessions).set(change).where(eq(sessions.id, id))),
    deleteMany: async (userId) => void (await db.delete(sessions).where(eq(sessions.userId, userId))),
    deleteUser: async (id) => void (await db.delete(users).where(eq(users.id, id))),
    async clear() {
      await db.delete(verifications);
      await db.delete(users);
    },
  };
}

function loggerOf(sent: string[]) {
  return { logQuery: (query: string) => void sent.push(query) };
}

async function openLibsql(sent: string[]): Promise<Driver> {
  const folder = mkdtempSync(path.join(tmpdir(), "latchkey-seeds-"));
  const client = createClient({ url: pathToFileURL(path.join(folder, "app.db")).href, timeout: PATIENCE });
  const db = drizzleLibsql(client, { logger: loggerOf(sent) });
  await createTables(db);
  return {
    ...{ db, tables: sqliteTables, adapter: DrizzleAdapter(db) },
    query: async (text) => (await client.execute(text)).rows.map((row) => ({ ...row })),
    async close() {
      client.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openPostgres(sent: string[], timeZone: string | undefined): Promise<Driver> {
  const database = await createDatabase("PostgreSQL");
  const options = timeZone === undefined ? {} : { options: `-c timezone=${timeZone}` };
  const pool = new pg.Pool({ connectionString: database.url, ...options });
  const db = drizzlePostgres(pool, { logger: loggerOf(sent) });
  return {
    ...asQueries(db, pgTables),
    adapter: DrizzleAdapter(db),
    query: async (text) => (await pool.query(text)).rows,
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}

async function openMysql(sent: string[], timeZone: string | undefined): Promise<Driver> {
  const database = await createDatabase("MariaDB");
  const pool = createPool({ uri: database.url });
  pool.on("connection", (connection) => timeZone && connection.query(`SET time_zone = '${timeZone}'`));
  const db = drizzleMysql(pool, { logger: loggerOf(sent) });
  const own = pool.promise();
  return {
    ...asQueries(db, mysqlTables),
    adapter: DrizzleAdapter(db),
    query: async (text) => (await own.query<RowDataPacket[]>(text))[0],
    async close() {
      await own.end();
      await database.drop();
    },
  };
}

/** The builders of the dialects have the same methods for what {@link ormOver} and the seeds do, and no type that says so. */
function asQueries(db: object, tables: object): Queries {
  return { db: db as LibSQLDatabase, tables: tables as typeof sqliteTables };
}
