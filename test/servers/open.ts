/** Opens an adapter by the address of a database, with the settings of the drivers that the documentation recommends. */
import { DrizzleAdapter } from "@latchkey/adapter-drizzle";
import type { Adapter } from "@latchkey/core";
import { createClient } from "@libsql/client";
import { drizzle as drizzleLibsql } from "drizzle-orm/libsql";
import { drizzle as drizzleMysql } from "drizzle-orm/mysql2";
import { drizzle as drizzlePostgres } from "drizzle-orm/node-postgres";
import mysql from "mysql2/promise";
import pg from "pg";

/** An adapter over a pool of connections. */
export interface Opened {
  adapter: Adapter;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Connections at most. @default 10 */
  connections?: number;
}

/**
 * Milliseconds. The engine waits 5 s for a call; a little later the driver has to give up, too, or a connection that broke without a
 * word would be held for ever. Not before: while calls are without an answer, the engine sends no more of them (F-5).
 */
const PATIENCE = 6000;

/** @param url `postgres://`, `mysql://` or `file:` */
export function openAdapter(url: string, { connections = 10 }: OpenOptions = {}): Opened {
  if (url.startsWith("postgres")) return openPostgres(url, connections);
  if (url.startsWith("mysql")) return openMysql(url, connections);
  const client = createClient({ url, timeout: PATIENCE });
  return { adapter: DrizzleAdapter(drizzleLibsql(client)), close: async () => client.close() };
}

function openPostgres(url: string, connections: number): Opened {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: PATIENCE,
    query_timeout: PATIENCE,
    statement_timeout: PATIENCE,
    idle_in_transaction_session_timeout: PATIENCE,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it ends the process.
  pool.on("error", () => {});
  return { adapter: DrizzleAdapter(drizzlePostgres(pool)), close: () => pool.end() };
}

function openMysql(url: string, connections: number): Opened {
  const pool = mysql.createPool({ uri: url, connectionLimit: connections, connectTimeout: PATIENCE });
  return { adapter: DrizzleAdapter(drizzleMysql(pool)), close: () => pool.end() };
}
