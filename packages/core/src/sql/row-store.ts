/** Statements on one table, and how statements run: again after a deadlock, several as one. */
import type { Result, SqlDatabase, Statement, TableName } from "./database.js";
import { allOf, type Fragment, sql } from "./fragment.js";
import { withRetries } from "./retry.js";
import { type Records, SqlTable } from "./table.js";

export abstract class RowStore {
  readonly tables: { readonly [T in TableName]: SqlTable<T> };
  protected readonly database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.database = database;
    this.tables = {
      users: new SqlTable(database, "users"),
      sessions: new SqlTable(database, "sessions"),
      accounts: new SqlTable(database, "accounts"),
      verifications: new SqlTable(database, "verifications"),
    };
  }

  async select<T extends TableName>(name: T, where: Fragment, order?: Fragment): Promise<Records[T][]> {
    const table = this.tables[name];
    const query = sql`SELECT ${table.list()} FROM ${table.sql} WHERE ${where}`;
    const { rows } = await this.run(rowsOf(order === undefined ? query : sql`${query} ORDER BY ${order}`));
    return rows.map((row) => table.decode(row));
  }

  /** Adds all rows or none. @param inserts One statement a row */
  async add(...inserts: Fragment[]): Promise<void> {
    await this.atomically(inserts.map(countOf));
  }

  /** Changes what `change` defines in the row with this id, if the condition holds. @returns the row as it now is */
  async update<T extends TableName>(
    name: T,
    id: string,
    change: object,
    condition?: Fragment,
  ): Promise<Records[T] | null> {
    const table = this.tables[name];
    const where = allOf(table.is("id", id), condition);
    const update = sql`UPDATE ${table.sql} SET ${table.assignments(change)} WHERE ${where} RETURNING ${table.list()}`;
    const row = (await this.run(rowsOf(update))).rows[0];
    return row === undefined ? null : table.decode(row);
  }

  /** @returns the rows removed */
  async delete<T extends TableName>(name: T, where: Fragment): Promise<Records[T][]> {
    const table = this.tables[name];
    const { rows } = await this.run(rowsOf(sql`DELETE FROM ${table.sql} WHERE ${where} RETURNING ${table.list()}`));
    return rows.map((row) => table.decode(row));
  }

  /** @returns how many rows there were */
  async deleteAll(name: TableName): Promise<number> {
    return (await this.run(countOf(sql`DELETE FROM ${this.tables[name].sql}`))).count;
  }

  /** Runs one statement; again after a deadlock. */
  protected run(statement: Statement): Promise<Result> {
    return withRetries(() => this.database.run(statement));
  }

  /** Runs all of them or none; again after a deadlock. */
  protected atomically(statements: readonly Statement[]): Promise<readonly Result[]> {
    const [only, ...more] = statements;
    if (only !== undefined && more.length === 0) return this.run(only).then((result) => [result]);
    return withRetries(() => this.database.batch(statements));
  }

  /** {@link atomically} for parts that each have a name and some statements, or none. @returns what each part answered */
  protected async inParts<P extends string>(
    parts: Readonly<Record<P, readonly Statement[]>>,
  ): Promise<Record<P, readonly Result[]>> {
    const lists = Object.entries<readonly Statement[]>(parts);
    const results = [...(await this.atomically(lists.flatMap(([, statements]) => statements)))];
    const answers = lists.map(([name, { length }]) => [name, results.splice(0, length)]);
    return Object.fromEntries(answers) as Record<P, readonly Result[]>;
  }
}

export function rowsOf(fragment: Fragment): Statement {
  return { strings: fragment.strings, values: fragment.values, answers: "rows" };
}

export function countOf(fragment: Fragment): Statement {
  return { strings: fragment.strings, values: fragment.values, answers: "count" };
}

/** The ids that a statement answered; none where there was no statement. */
export function idsOf(result: Result | undefined): string[] {
  return (result?.rows ?? []).map(([id]) => id as string);
}
