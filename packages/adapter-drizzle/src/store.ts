/** What one SQL dialect does for the adapter. Every method is one statement, unless it says "atomically". */
import type {
  AccountRecord,
  Attempt,
  AttemptCount,
  NewSession,
  SessionCreated,
  SessionLimit,
  SessionRecord,
  SessionWithUser,
  UserRecord,
  VerificationRecord,
} from "@latchkey/core";
import type { SQL } from "drizzle-orm";
import type { Row, TableName, Tables } from "./columns.js";

/** What comes out of each table. */
export interface Records {
  users: UserRecord;
  sessions: SessionRecord;
  accounts: AccountRecord;
  verifications: VerificationRecord;
}

export interface CreateSessionConditions {
  /** Names the session to replace. */
  replaces: SQL | undefined;
  limit: SessionLimit | undefined;
}

export interface Store {
  readonly tables: Tables;
  select<T extends TableName>(table: T, where: SQL, order?: SQL[]): Promise<Records[T][]>;
  /** Adds all rows, atomically. */
  insert(...rows: [table: TableName, row: Row][]): Promise<void>;
  /** Changes what `change` defines. @returns the row as it now is */
  update<T extends TableName>(table: T, change: Row, where: SQL): Promise<Records[T] | null>;
  /** @returns the rows removed */
  delete<T extends TableName>(table: T, where: SQL): Promise<Records[T][]>;
  /** Removes at most `batch` rows. @returns how many */
  deleteSome(table: TableName, where: SQL, batch: number): Promise<number>;
  /** The session joined with its user. Prepared once: this is the query of every request. */
  findSession(column: "id" | "tokenHash", value: string): Promise<SessionWithUser | null>;
  /** Adds a session and removes those that it takes the place of, atomically. @returns null when it was refused */
  createSession(session: NewSession, conditions: CreateSessionConditions): Promise<SessionCreated | null>;
  /** Adds the row, in place of the one with the same identifier and purpose. */
  putVerification(row: Row): Promise<void>;
  /** Adds `window`, or counts in the row with the same identifier and purpose if that has not expired. */
  countAttempt(attempt: Attempt, window: Row): Promise<AttemptCount>;
  /** Which table has a value, other than an id, that must be unique already; or that a row referred to none. */
  conflictOf(error: unknown): "users" | "accounts" | "reference" | null;
}
