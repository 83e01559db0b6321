/** What a driver or an ORM does for the SQL adapter. The whole of what another one has to bring. */
import type { SCHEMA } from "../schema.js";
import type { Fragment } from "./fragment.js";

export type Dialect = "sqlite" | "postgresql" | "mysql";
export type TableName = keyof typeof SCHEMA;

/** One statement. */
export interface Statement extends Fragment {
  /** Whether rows are wanted, or how many rows were changed. */
  readonly answers: "rows" | "count";
}

/** What came of a statement. */
export interface Result {
  /** Values by their place in the statement's list; empty when a count was asked for. */
  readonly rows: readonly (readonly unknown[])[];
  /** Rows that were changed; 0 when rows were asked for. */
  readonly count: number;
}

export interface SqlDatabase {
  readonly dialect: Dialect;
  /** The table as it is written in a statement, quoted, with its schema where it has one. */
  tableName(table: TableName): string;
  /** The column as the database calls it, unquoted. */
  columnName(table: TableName, column: string): string;
  /** A value of the contract (`string`, `number`, `boolean`, `Date`, JSON), as the driver takes it for this column. Never null. */
  encode(table: TableName, column: string, value: unknown): unknown;
  /** What the driver gave for this column, as a value of the contract. Never null. */
  decode(table: TableName, column: string, value: unknown): unknown;
  /** Runs one statement. */
  run(statement: Statement): Promise<Result>;
  /**
   * Runs statements one after the other, all or none, isolated as READ COMMITTED where the dialect is not SQLite. On SQLite the
   * first one writes, so that nobody else can write before the last is done.
   */
  batch(statements: readonly Statement[]): Promise<readonly Result[]>;
}
