/** PostgreSQL through Drizzle: node-postgres, postgres.js and PGlite. */

import { AuthError } from "@latchkey/core";
import type { Result, SqlDatabase, Statement } from "@latchkey/core/sql";
import { is } from "drizzle-orm";
import {
  type PgDatabase,
  PgDialect,
  type PgQueryResultHKT,
  PgTable,
  type PgTransactionConfig,
} from "drizzle-orm/pg-core";
import type { TableRules } from "../columns.js";
import { driven, resultOf, sqlOf } from "../statement.js";
import { isPool, type Pool, transact } from "./pool.js";

type Executor = Pick<PgDatabase<PgQueryResultHKT>, "execute">;

/** What the adapter needs of a database that `drizzle()` of node-postgres, postgres.js or PGlite made. */
export interface PostgresqlDatabase extends Executor, Pick<PgDatabase<PgQueryResultHKT>, "refreshMaterializedView"> {
  transaction<T>(work: (tx: Executor) => Promise<T>, config?: PgTransactionConfig): Promise<T>;
  $client?: unknown;
}

/** What the drivers answer: postgres.js an array, the others an object; each has a word of its own for the count. */
type Answer =
  | (readonly object[] & { count: number })
  | { rows: readonly object[]; rowCount: number | null }
  | { rows: readonly object[]; affectedRows?: number };

export const POSTGRESQL_RULES: TableRules = {
  isTable: (value) => is(value, PgTable),
  exactInstant: /^timestamp( with time zone| without time zone)?$|^timestamp ?\([3-6]\)/,
  example: "timestamp with precision 3 and withTimezone",
};

const READ_COMMITTED = { isolationLevel: "read committed" } as const;
const dialect = new PgDialect();

/** @throws AuthError `config_invalid` for one connection of node-postgres in place of a pool */
export function runOnPostgresql(db: PostgresqlDatabase): Pick<SqlDatabase, "dialect" | "run" | "batch"> {
  const client = db.$client;
  requireNoConnection(client);
  return {
    dialect: "postgresql",
    run: (statement) => runOn(db, statement),
    batch: (statements) => (isPool(client) ? batchOnPool(client, statements) : batchOn(db, statements)),
  };
}

async function runOn(db: Executor, statement: Statement): Promise<Result> {
  return answered(statement, (await driven(db.execute(sqlOf(statement)))) as Answer);
}

function answered(statement: Statement, answer: Answer): Result {
  if ("count" in answer) return resultOf(statement, answer, answer.count);
  return resultOf(statement, answer.rows, ("rowCount" in answer ? answer.rowCount : answer.affectedRows) ?? 0);
}

function batchOn(db: PostgresqlDatabase, statements: readonly Statement[]): Promise<Result[]> {
  return driven(
    db.transaction(async (tx) => {
      const results: Result[] = [];
      for (const statement of statements) results.push(await runOn(tx, statement));
      return results;
    }, READ_COMMITTED),
  );
}

function batchOnPool(pool: Pool, statements: readonly Statement[]): Promise<Result[]> {
  return transact(pool, async (query) => {
    const results: Result[] = [];
    for (const statement of statements) {
      const { sql, params } = dialect.sqlToQuery(sqlOf(statement));
      results.push(answered(statement, await query(sql, params)));
    }
    return results;
  });
}

/** Requests share what the adapter gets: on one connection the statements of one would run in the transaction of another. */
function requireNoConnection(client: unknown): void {
  const isConnection =
    typeof client === "object" && client !== null && "connect" in client && "processID" in client && !isPool(client);
  if (isConnection) throw new AuthError("config_invalid", "give drizzle() a pg.Pool, not one connection");
}
