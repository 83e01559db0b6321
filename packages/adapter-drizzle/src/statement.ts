/** Statements of the engine as Drizzle runs them. */
import type { Result, Statement } from "@latchkey/core/sql";
import { type Query, SQL } from "drizzle-orm";

type WriteQuery = Parameters<SQL["toQuery"]>[0];

/** Text with parameters in a row. Drizzle's own goes through it chunk by chunk, which shows in what runs at every request. */
class FlatSql extends SQL {
  readonly #statement: Statement;

  constructor(statement: Statement) {
    super([]);
    this.#statement = statement;
  }

  override toQuery({ escapeParam }: WriteQuery): Query {
    const { strings, values } = this.#statement;
    let text = strings[0] ?? "";
    for (const [index, value] of values.entries()) text += escapeParam(index, value) + strings[index + 1];
    return { sql: text, params: [...values] };
  }
}

export function sqlOf(statement: Statement): SQL {
  return new FlatSql(statement);
}

/** @param rows Objects whose keys stand in the order of the statement's list; the engine names them c0, c1, … */
export function resultOf({ answers }: Statement, rows: readonly object[], count: number): Result {
  return answers === "rows" ? { rows: rows.map((row) => Object.values(row)), count: 0 } : { rows: [], count };
}

/** Waits for Drizzle. An error is the driver's own: Drizzle's message has every value in it, for any log to print. */
export async function driven<T>(work: PromiseLike<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw withoutValues(isQueryError(error) ? error.cause : error);
  }
}

/** By its shape: an app that loads Drizzle as CommonJS has another copy of the class. */
function isQueryError(error: unknown): error is { cause: unknown } {
  return error instanceof Error && "query" in error && "params" in error && error.cause !== undefined;
}

/** mysql2 keeps the statement with its values in the error, PGlite the values, PostgreSQL the row that was refused. */
function withoutValues(error: unknown): unknown {
  if (typeof error === "object" && error !== null)
    for (const field of ["sql", "params", "detail", "where"]) Reflect.deleteProperty(error, field);
  return error;
}
