/** MySQL and MariaDB through Drizzle: mysql2. */
import { AuthError } from "@latchkey/core";
import type { Result, SqlDatabase, Statement } from "@latchkey/core/sql";
import { is } from "drizzle-orm";
import {
  type MySqlDatabase,
  MySqlDialect,
  type MySqlQueryResultHKT,
  MySqlTable,
  type MySqlTransactionConfig,
  type PreparedQueryHKTBase,
} from "drizzle-orm/mysql-core";
import type { TableRules } from "../columns.js";
import { driven, resultOf, sqlOf } from "../statement.js";
import { type Answer, type Pool, poolOf, transact } from "./pool.js";
import { withoutQuotes } from "./text.js";

type AnyDatabase = MySqlDatabase<MySqlQueryResultHKT, PreparedQueryHKTBase>;
type Executor = Pick<AnyDatabase, "execute">;

/** What the adapter needs of a database that `drizzle()` of `drizzle-orm/mysql2` made. */
export interface MysqlDatabase extends Executor, Pick<AnyDatabase, "insert"> {
  transaction<T>(work: (tx: Executor) => Promise<T>, config?: MySqlTransactionConfig): Promise<T>;
  $client?: unknown;
}

export const MYSQL_RULES: TableRules = {
  isTable: (value) => is(value, MySqlTable),
  exactInstant: /^(datetime|timestamp)\([3-6]\)$/,
  example: "datetime with fsp 3",
};

const dialect = new MySqlDialect();
const READ_COMMITTED = { isolationLevel: "read committed" } as const;

/** @throws AuthError `config_invalid` for one connection of mysql2 in place of a pool */
export function runOnMysql(db: MysqlDatabase): Pick<SqlDatabase, "dialect" | "run" | "batch"> {
  requirePool(db.$client);
  const pool = poolOf(db.$client);
  return {
    dialect: "mysql",
    run: (statement) => runOn(db, statement),
    batch: (statements) => (pool === null ? batchOn(db, statements) : batchOnPool(pool, statements)),
  };
}

async function runOn(db: Executor, statement: Statement): Promise<Result> {
  const [answer] = (await driven(db.execute(sqlOf(withoutQuotes(statement))))) as readonly [object[] | Answer];
  return answered(statement, answer);
}

function answered(statement: Statement, answer: object[] | Answer): Result {
  return Array.isArray(answer)
    ? resultOf(statement, answer, answer.length)
    : resultOf(statement, [], answer.affectedRows ?? 0);
}

function batchOnPool(pool: Pool, statements: readonly Statement[]): Promise<Result[]> {
  return driven(
    transact(pool, async (query) => {
      const results: Result[] = [];
      for (const statement of statements) {
        const { sql, params } = dialect.sqlToQuery(sqlOf(withoutQuotes(statement)));
        results.push(answered(statement, await query(sql, params)));
      }
      return results;
    }),
  );
}

function batchOn(db: MysqlDatabase, statements: readonly Statement[]): Promise<Result[]> {
  return driven(
    db.transaction(async (tx) => {
      const results: Result[] = [];
      for (const statement of statements) results.push(await runOn(tx, statement));
      return results;
    }, READ_COMMITTED),
  );
}

/** Requests share what the adapter gets: on one connection the statements of one would run in the transaction of another. */
function requirePool(client: unknown): void {
  const isConnection = typeof client === "object" && client !== null && "threadId" in client;
  if (isConnection) throw new AuthError("config_invalid", "give drizzle() a pool of mysql2, not one connection");
}
