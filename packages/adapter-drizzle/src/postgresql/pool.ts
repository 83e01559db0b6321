/**
 * Transactions on a pool of node-postgres.
 *
 * Drizzle's own keeps a connection for ever when BEGIN fails, gives a broken one back to the pool (drizzle-orm#6114), and listens
 * to no error of the connection, so that one that is lost in a transaction ends the process.
 */

interface Answer {
  rows: object[];
  rowCount: number | null;
}

type GetTypeParser = (type: number, format?: string) => (value: string) => unknown;

interface Connection {
  query(query: { text: string; values: unknown[]; types: { getTypeParser: GetTypeParser } }): Promise<Answer>;
  getTypeParser: GetTypeParser;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
  /** Destroys the connection when there is an error. */
  release(error?: Error): void;
}

export interface Pool {
  connect(): Promise<Connection>;
  /** Connections that nobody uses. */
  readonly idleCount: number;
}

type Query = (text: string, values: unknown[]) => Promise<Answer>;

/** Object identifiers of the types whose text Drizzle's columns read: timestamp and timestamptz. */
const TIMES = new Set([1114, 1184]);

export function isPool(client: unknown): client is Pool {
  return typeof client === "object" && client !== null && "connect" in client && "idleCount" in client;
}

/** Runs `work` in a transaction that is READ COMMITTED. The connection goes back to the pool; a broken one is destroyed. */
export async function transact<T>(pool: Pool, work: (query: Query) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  const noteBreak = (error: Error) => {
    broken = error;
  };
  const query = queryOn(connection);
  connection.on("error", noteBreak);
  try {
    await query("BEGIN ISOLATION LEVEL READ COMMITTED", []);
    const result = await work(query);
    await query("COMMIT", []);
    return result;
  } catch (error) {
    await query("ROLLBACK", []).catch(noteBreak);
    throw error;
  } finally {
    connection.off("error", noteBreak);
    connection.release(broken);
  }
}

function queryOn(connection: Connection): Query {
  const getTypeParser: GetTypeParser = (type, format) =>
    TIMES.has(type) ? (value) => value : connection.getTypeParser(type, format);
  return (text, values) => connection.query({ text, values, types: { getTypeParser } });
}
