/** The database: a SQLite file, or PostgreSQL where `DATABASE_URL` names one. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createTables, DrizzleAdapter } from "@latchkey/adapter-drizzle";
import type { Adapter } from "@latchkey/core";
import { createClient } from "@libsql/client";
import { drizzle as drizzleSqlite } from "drizzle-orm/libsql";
import { drizzle as drizzlePostgresql } from "drizzle-orm/node-postgres";
import pg from "pg";
import { type Settings, SettingsError } from "./settings.js";

export interface Database {
  adapter: Adapter;
  close(): Promise<void>;
}

/** Opens what the settings name, and makes the tables that are not there yet. @throws SettingsError where it cannot be reached */
export function openDatabase({ databaseUrl, databaseFile }: Pick<Settings, "databaseUrl" | "databaseFile">) {
  return databaseUrl === null ? openSqlite(databaseFile) : openPostgresql(databaseUrl);
}

/** Milliseconds to wait for another process that writes, such as a second server that starts at the same time. */
const SQLITE_TIMEOUT = 1000;

async function openSqlite(file: string): Promise<Database> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const client = createClient({ url: pathToFileURL(file).href, timeout: SQLITE_TIMEOUT });
  const db = drizzleSqlite(client);
  // Whoever reads need not wait for whoever writes.
  await client.execute("PRAGMA journal_mode = WAL");
  await createTables(db);
  return { adapter: DrizzleAdapter(db), close: async () => client.close() };
}

/** Milliseconds: a call of the engine waits 5 s, and what nobody waits for any more should not hold a connection. */
const POSTGRESQL_TIMEOUT = 6000;

async function openPostgresql(url: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: POSTGRESQL_TIMEOUT,
    query_timeout: POSTGRESQL_TIMEOUT,
    statement_timeout: POSTGRESQL_TIMEOUT,
    keepAlive: true,
  });
  // A connection that breaks while nobody uses it: the pool opens another one, and the process goes on.
  pool.on("error", (error) => console.error(error.message));
  const db = drizzlePostgresql(pool);
  try {
    await createTables(db);
  } catch (cause) {
    await pool.end();
    throw new SettingsError("The database of DATABASE_URL cannot be reached, or does not let us make tables.", {
      cause,
    });
  }
  return { adapter: DrizzleAdapter(db), close: () => pool.end() };
}
