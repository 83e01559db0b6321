/**
 * Transactions on a pool of mysql2.
 *
 * Drizzle's own keeps a connection for ever when the server refuses to begin, and an error of ROLLBACK hides why it came to that.
 */

export interface Answer {
  affectedRows?: number;
}

interface Connection {
  query(query: {
    sql: string;
    values?: unknown[];
    typeCast?: TypeCast;
  }): Promise<[rows: object[] | Answer, ...unknown[]]>;
  release(): void;
  destroy(): void;
}

type TypeCast = (field: { type: string; string(): string | null }, next: () => unknown) => unknown;

export interface Pool {
  getConnection(): Promise<Connection>;
}

type Query = (sql: string, values: unknown[]) => Promise<object[] | Answer>;

/** Types whose text Drizzle's columns read. */
const TIMES = new Set(["TIMESTAMP", "DATETIME", "DATE"]);

/** @returns the pool with promises; null for what is no pool of mysql2 */
export function poolOf(client: unknown): Pool | null {
  if (typeof client !== "object" || client === null || !("getConnection" in client)) return null;
  return ("promise" in client && typeof client.promise === "function" ? client.promise() : client) as Pool;
}

/** Runs `work` in a transaction that is READ COMMITTED. The connection goes back to the pool; one that cannot roll back is closed. */
export async function transact<T>(pool: Pool, work: (query: Query) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  let isBroken = false;
  const query: Query = async (sql, values) => (await connection.query({ sql, values, typeCast }))[0];
  try {
    await query("set transaction isolation level read committed", []);
    await query("begin", []);
    const result = await work(query);
    await query("commit", []);
    return result;
  } catch (error) {
    await query("rollback", []).catch(() => {
      isBroken = true;
    });
    throw error;
  } finally {
    if (isBroken) connection.destroy();
    else connection.release();
  }
}

const typeCast: TypeCast = (field, next) => (TIMES.has(field.type) ? field.string() : next());
