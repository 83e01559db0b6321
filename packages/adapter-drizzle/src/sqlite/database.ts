/** SQLite through Drizzle: libsql and better-sqlite3. */
import type { Result, SqlDatabase, Statement } from "@latchkey/core/sql";
import { is } from "drizzle-orm";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import { type BaseSQLiteDatabase, SQLiteTable, type SQLiteTransactionConfig } from "drizzle-orm/sqlite-core";
import type { TableRules } from "../columns.js";
import { driven, sqlOf } from "../statement.js";

interface LibsqlResult {
  rows: ArrayLike<unknown>[];
  rowsAffected: number;
}

/** What the adapter needs of a database that `drizzle()` of `drizzle-orm/libsql` made. */
export interface LibsqlDatabase extends Pick<BaseSQLiteDatabase<"async", LibsqlResult>, "run" | "values"> {
  batch<U extends BatchItem<"sqlite">, T extends Readonly<[U, ...U[]]>>(batch: T): Promise<BatchResponse<T>>;
}

type SyncRunner = Pick<BaseSQLiteDatabase<"sync", { changes: number }>, "run" | "values">;

/** What the adapter needs of a database that `drizzle()` of `drizzle-orm/better-sqlite3` made. */
export interface BetterSqliteDatabase extends SyncRunner {
  transaction<T>(work: (tx: SyncRunner) => T, config?: SQLiteTransactionConfig): T;
}

export type SqliteDatabase = LibsqlDatabase | BetterSqliteDatabase;

/** Milliseconds since 1970 in an integer, or any text. */
export const SQLITE_RULES: TableRules = {
  isTable: (value) => is(value, SQLiteTable),
  exactInstant: /./,
  example: 'integer with mode "timestamp_ms"',
};

export function runOnSqlite(db: SqliteDatabase): Pick<SqlDatabase, "dialect" | "run" | "batch"> {
  return { dialect: "sqlite", ...("batch" in db ? runOnLibsql(db) : runOnBetterSqlite(db)) };
}

function runOnLibsql(db: LibsqlDatabase): Pick<SqlDatabase, "run" | "batch"> {
  const batch = async ([head, ...rest]: readonly Statement[]): Promise<Result[]> => {
    if (head === undefined) return [];
    const results = await written(db.batch([db.run(sqlOf(head)), ...rest.map((one) => db.run(sqlOf(one)))]));
    return [head, ...rest].map((statement, index) => resultOf(statement, results[index] as LibsqlResult));
  };
  const read = async (statement: Statement): Promise<Result> => {
    const rows: ArrayLike<unknown>[] = await driven(db.values(sqlOf(statement)));
    return { rows: rows.map((row) => Array.from(row)), count: 0 };
  };
  const run = async (statement: Statement) =>
    isRead(statement) ? read(statement) : ((await batch([statement]))[0] as Result);
  return { run, batch };
}

function isRead({ strings }: Statement): boolean {
  return /^\s*SELECT\b/i.test(strings[0] ?? "");
}

function resultOf({ answers }: Statement, { rows, rowsAffected }: LibsqlResult): Result {
  return answers === "rows"
    ? { rows: rows.map((row) => Array.from(row)), count: 0 }
    : { rows: [], count: rowsAffected };
}

/**
 * Waits for a batch: the only way in which this file writes to libsql, also a single statement.
 *
 * A connection of the driver that was once told "busy" can go on to take single statements that it never commits
 * (libsql-client-ts#352), so that a revocation would be answered and lost. The COMMIT of a batch fails on such a connection.
 * Trying again here would meet the same connection; the wait belongs to the driver's `timeout`.
 */
async function written<T>(batch: Promise<T>): Promise<T> {
  try {
    return await driven(batch);
  } catch (cause) {
    if (!causesOf(cause).some((error) => (error as { code?: unknown }).code === "SQLITE_BUSY")) throw cause;
    const advice =
      "pass `timeout` (milliseconds) to createClient, and hold no write transaction open across other work";
    throw new Error(`SQLite is busy with another writer: ${advice}`, { cause });
  }
}

/** The driver wraps what SQLite answers. */
function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

/** The driver blocks the process until SQLite has answered, so that nothing comes between the statements of a batch. */
function runOnBetterSqlite(db: BetterSqliteDatabase): Pick<SqlDatabase, "run" | "batch"> {
  const run = (on: SyncRunner, statement: Statement): Result =>
    statement.answers === "rows"
      ? { rows: on.values(sqlOf(statement)), count: 0 }
      : { rows: [], count: on.run(sqlOf(statement)).changes };
  return {
    run: async (statement) => run(db, statement),
    batch: async (statements) =>
      db.transaction((tx) => statements.map((statement) => run(tx, statement)), { behavior: "immediate" }),
  };
}
