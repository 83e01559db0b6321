/** Migrations on PostgreSQL: an advisory lock of the connection, one transaction a file. */
import type * as Pg from "pg";
import type { Address } from "../database/address.js";
import { CONNECT_TIMEOUT_MS } from "../database/open.js";
import { importPackage } from "../database/packages.js";
import { Problem } from "../problem.js";
import { LOCK_HELD, LOCK_TIMEOUT, type MigrationConnection, type Query } from "./connection.js";

/** "latchkey" in ASCII: the key of the lock, within the database. */
const LOCK_KEY = "7809636947817293177";
/** SQLSTATE lock_not_available */
const NOT_AVAILABLE = "55P03";

export async function connectPostgresql({ url }: Address, cwd: string): Promise<MigrationConnection> {
  const { Client } = await importPackage<typeof Pg>("pg", cwd);
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  // A connection that is lost between two statements: the next one says so.
  client.on("error", () => undefined);
  const query: Query = async (text, values) =>
    (await client.query<unknown[]>({ text, values: [...(values ?? [])], rowMode: "array" })).rows;
  return {
    dialect: "postgresql",
    query,
    async locked(work) {
      await lock(query);
      try {
        return await work();
      } finally {
        // The lock ends with the connection, too: an error here must not hide what went wrong.
        await query(`SELECT pg_advisory_unlock(${LOCK_KEY})`).catch(() => undefined);
      }
    },
    async atomically(work) {
      await query("BEGIN");
      try {
        const result = await work(query);
        await query("COMMIT");
        return result;
      } catch (error) {
        await query("ROLLBACK").catch(() => undefined);
        throw error;
      }
    },
    close: () => client.end(),
  };
}

async function lock(query: Query): Promise<void> {
  await query(`SET lock_timeout = '${LOCK_TIMEOUT}s'`);
  try {
    await query(`SELECT pg_advisory_lock(${LOCK_KEY})`);
  } catch (error) {
    throw (error as { code?: unknown }).code === NOT_AVAILABLE ? new Problem(LOCK_HELD, { cause: error }) : error;
  }
  await query("RESET lock_timeout");
}
