/** A database by its address, for the adapter contract without an ORM. */
import { existsSync } from "node:fs";
import type { Adapter } from "@latchkey/core";
import { createSqlAdapter, type SqlDatabase } from "@latchkey/core/sql";
import type * as Libsql from "@libsql/client";
import type * as Mysql from "mysql2/promise";
import type * as Pg from "pg";
import { mysqlDatabase } from "../drivers/mysql.js";
import { inUtc, postgresqlDatabase } from "../drivers/postgresql.js";
import { sqliteDatabase } from "../drivers/sqlite.js";
import { Problem } from "../problem.js";
import type { Address } from "./address.js";
import { importPackage } from "./packages.js";

/** How long one waits to be let in. Milliseconds */
export const CONNECT_TIMEOUT_MS = 10_000;
/** How long one waits for its turn to write to a file. Milliseconds */
export const BUSY_TIMEOUT_MS = 60_000;

export interface OpenDatabase {
  readonly adapter: Adapter;
  /** Runs a statement without values. @returns rows as lists of values */
  query(text: string): Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
}

/** @param cwd The app's folder, whose drivers are used. @throws Problem for a driver or a file that is not there */
export async function openDatabase(address: Address, cwd: string): Promise<OpenDatabase> {
  if (address.file !== null && !existsSync(address.file)) throw new Problem(`there is no database ${address.file}`);
  const { database, close } = await OPENERS[address.dialect](address, cwd);
  return {
    adapter: createSqlAdapter(database),
    query: async (text) => (await database.run({ strings: [text], values: [], answers: "rows" })).rows,
    close,
  };
}

type Opener = (address: Address, cwd: string) => Promise<{ database: SqlDatabase; close: () => Promise<void> }>;

const OPENERS = {
  async postgresql({ url }, cwd) {
    const { Pool, types } = await importPackage<typeof Pg>("pg", cwd);
    const timeout = { connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
    const pool = new Pool({ connectionString: url, max: 2, types: inUtc(types), ...timeout });
    // A connection that is lost while nobody uses it: the next query gets another one, or says so.
    pool.on("error", () => undefined);
    return { database: postgresqlDatabase(pool), close: () => pool.end() };
  },
  async mysql({ url }, cwd) {
    const { createPool } = await importPackage<typeof Mysql>("mysql2/promise", cwd);
    const pool = createPool({ uri: url, dateStrings: true, connectionLimit: 2, connectTimeout: CONNECT_TIMEOUT_MS });
    return { database: mysqlDatabase(pool), close: () => pool.end() };
  },
  async sqlite({ url }, cwd) {
    const { createClient } = await importPackage<typeof Libsql>("@libsql/client", cwd);
    const client = createClient({ url, timeout: BUSY_TIMEOUT_MS });
    return { database: sqliteDatabase(client), close: async () => client.close() };
  },
} as const satisfies Record<Address["dialect"], Opener>;
