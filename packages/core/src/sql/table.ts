/** One table of the schema in the words of one database: names, values in and rows out. */
import type { NewSession } from "../contracts/adapter.js";
import { AuthError } from "../errors.js";
import type { AccountRecord, SessionRecord, UserRecord, VerificationRecord } from "../model.js";
import { type Column, type ColumnKind, SCHEMA } from "../schema.js";
import type { SqlDatabase, TableName } from "./database.js";
import { allOf, type Fragment, join, raw, sql } from "./fragment.js";
import { quote } from "./tables.js";

/** What comes out of each table. */
export interface Records {
  users: UserRecord;
  sessions: SessionRecord;
  accounts: AccountRecord;
  verifications: VerificationRecord;
}

/** What goes into each table. */
export interface Rows extends Omit<Records, "sessions"> {
  sessions: NewSession;
}

export class SqlTable<T extends TableName> {
  readonly name: T;
  /** As it stands in a statement. */
  readonly sql: Fragment;
  readonly #database: SqlDatabase;
  readonly #readable: readonly string[];
  readonly #columns: Readonly<Record<string, Column>>;

  constructor(database: SqlDatabase, name: T) {
    this.name = name;
    this.sql = raw(database.tableName(name));
    this.#database = database;
    this.#columns = SCHEMA[name].columns;
    // The hash of a session's token goes in and never comes out.
    this.#readable = Object.keys(this.#columns).filter((column) => name !== "sessions" || column !== "tokenHash");
  }

  /** @param alias Table or alias that it is of, where a statement has several */
  column(name: string, alias?: string): Fragment {
    const quoted = quote(this.#database.dialect, this.#database.columnName(this.name, name));
    return raw(alias === undefined ? quoted : `${alias}.${quoted}`);
  }

  /** A value for a column, as the driver takes it. @throws AuthError `request_invalid` for a value of another kind */
  value(column: string, value: unknown): Fragment {
    const isNone = value === null || value === undefined;
    if (!isNone) requireKind(this.#columns[column]?.kind ?? "text", value, column);
    const encoded = isNone ? null : this.#database.encode(this.name, column, value);
    return { strings: ["", ""], values: [encoded] };
  }

  /**
   * The column has this value: exactly, whatever the collation of the database takes for equal.
   *
   * @param alias Table or alias that the column is of
   */
  is(column: string, value: unknown, alias?: string): Fragment {
    const name = this.column(column, alias);
    const given = this.value(column, value);
    const compared = sql`${name} = ${given}`;
    if (this.#database.dialect !== "mysql" || typeof value !== "string") return compared;
    // The first comparison finds it by index, the second one byte by byte: collations take "é" for "e" and "a " for "a".
    return allOf(compared, sql`BINARY ${name} = BINARY ${given}`);
  }

  /** The columns that are read, each under a name of its own: c0, c1, … */
  list(alias?: string, offset = 0): Fragment {
    return join(
      this.#readable.map((column, index) => sql`${this.column(column, alias)}${raw(` AS c${offset + index}`)}`),
      ", ",
    );
  }

  get width(): number {
    return this.#readable.length;
  }

  /** The record that {@link list} asked for. */
  decode(values: readonly unknown[], offset = 0): Records[T] {
    const record = {} as Records[T] & Record<string, unknown>;
    let index = offset;
    for (const column of this.#readable) {
      const value = values[index++];
      record[column] = value === null || value === undefined ? null : this.#database.decode(this.name, column, value);
    }
    return record;
  }

  /** A whole row: what is left out has its default, or is null. */
  complete(draft: Partial<Rows[T]>): Rows[T] {
    const given = new Map<string, unknown>(Object.entries(draft));
    const columns = Object.entries(this.#columns);
    const row = columns.map(([name, { default: initial = null }]) => [name, given.get(name) ?? initial]);
    return Object.fromEntries(row) as Rows[T];
  }

  /** `(columns)` of an INSERT; the values of {@link complete} come in the same order. */
  columns(): Fragment {
    return join(
      Object.keys(this.#columns).map((column) => this.column(column)),
      ", ",
    );
  }

  values(row: Rows[T]): Fragment {
    return join(
      Object.entries(row).map(([column, value]) => this.value(column, value)),
      ", ",
    );
  }

  insert(row: Rows[T]): Fragment {
    return sql`INSERT INTO ${this.sql} (${this.columns()}) VALUES (${this.values(row)})`;
  }

  /** An INSERT that is made only where something is found. @param from FROM and WHERE of the SELECT */
  insertFrom(row: Rows[T], from: Fragment): Fragment {
    return sql`INSERT INTO ${this.sql} (${this.columns()}) SELECT ${this.values(row)} ${from}`;
  }

  /** `column = value` for what a change defines; a change of nothing sets the id to itself. */
  assignments(change: object): Fragment {
    const defined = Object.entries(change).filter(
      ([column, value]) => value !== undefined && Object.hasOwn(this.#columns, column),
    );
    if (defined.length === 0) return sql`${this.column("id")} = ${this.column("id")}`;
    return join(
      defined.map(([column, value]) => sql`${this.column(column)} = ${this.value(column, value)}`),
      ", ",
    );
  }
}

const IS_KIND: Record<ColumnKind, (value: unknown) => boolean> = {
  id: (value) => typeof value === "string",
  text: (value) => typeof value === "string",
  instant: (value) => value instanceof Date && Number.isFinite(value.getTime()),
  boolean: (value) => typeof value === "boolean",
  integer: (value) => Number.isSafeInteger(value),
  json: (value) => typeof value === "object",
};

/** What a driver would write as best it can: an array as a list of values, an object as "[object Object]", a broken date as NULL. */
function requireKind(kind: ColumnKind, value: unknown, column: string): void {
  if (!IS_KIND[kind](value))
    throw new AuthError("request_invalid", `${column} must hold ${kind === "id" ? "text" : kind}`);
}
