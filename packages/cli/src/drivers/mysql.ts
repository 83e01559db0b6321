/** MySQL and MariaDB through `mysql2`. */
import type { Result, SqlDatabase, Statement } from "@latchkey/core/sql";
import type { ExecuteValues, Pool, PoolConnection, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { codecOf } from "./codec.js";

type Runner = Pick<Pool, "execute">;

/** @param pool Made with `dateStrings: true` */
export function mysqlDatabase(pool: Pool): SqlDatabase {
  return {
    dialect: "mysql",
    ...codecOf("mysql"),
    run: (statement) => run(pool, statement),
    async batch(statements) {
      const connection = await pool.getConnection();
      try {
        return await runAll(connection, statements);
      } finally {
        connection.release();
      }
    },
  };
}

async function runAll(connection: PoolConnection, statements: readonly Statement[]): Promise<Result[]> {
  try {
    await connection.query("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    await connection.beginTransaction();
    const results: Result[] = [];
    for (const statement of statements) results.push(await run(connection, statement));
    await connection.commit();
    return results;
  } catch (error) {
    await rollBack(connection);
    throw error;
  }
}

/** Never hides why it came to this. A connection that cannot roll back is closed, and with that the server does. */
async function rollBack(connection: PoolConnection): Promise<void> {
  await connection.rollback().catch(() => connection.destroy());
}

async function run(runner: Runner, { strings, values }: Statement): Promise<Result> {
  const query = { sql: strings.join("?"), rowsAsArray: true };
  // Values apart from the text: written into it, their backslashes are no escapes for a server with NO_BACKSLASH_ESCAPES.
  const [answer] = await runner.execute<RowDataPacket[][] | ResultSetHeader>(query, [...values] as ExecuteValues);
  return Array.isArray(answer) ? { rows: answer, count: 0 } : { rows: [], count: answer.affectedRows };
}
