/** One connection for migrations: a lock that nobody else holds, and transactions where the dialect has them for tables. */
import type { Dialect } from "@latchkey/core/sql";

export type Values = readonly (string | number)[];

/** Runs one statement. @returns rows as lists of values */
export type Query = (text: string, values?: Values) => Promise<readonly (readonly unknown[])[]>;

export interface MigrationConnection {
  readonly dialect: Dialect;
  readonly query: Query;
  /** Runs `work` while no other process migrates this database. @throws Problem when others do not come to an end */
  locked<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `work` wholly or not at all; on MySQL, which ends a transaction at each change of a table, as far as it comes. */
  atomically<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** How long one waits for another process that migrates. Seconds */
export const LOCK_TIMEOUT = 60;
export const LOCK_HELD = `another process has been migrating this database for ${LOCK_TIMEOUT} s: try again when it is done`;
