/** What the app itself does to Latchkey's rows, through its ORM and past the SDK. */
import type { Adapter, NewSession } from "@latchkey/core";

/** A row of `sessions` as an ORM gives it: `Date`s, and JSON as values. */
export type SessionRow = NewSession;

export interface Orm {
  /** The seed's list: a user's sessions that have not expired at `now`, newest first. */
  list(userId: string, now: Date): Promise<SessionRow[]>;
  find(id: string): Promise<SessionRow | null>;
  create(row: SessionRow): Promise<void>;
  update(id: string, change: Partial<SessionRow>): Promise<void>;
  /** The seed's revocation: all sessions of a user. */
  deleteMany(userId: string): Promise<void>;
  deleteUser(id: string): Promise<void>;
  /** Removes every row of every table. */
  clear(): Promise<void>;
}

/** A database of a test with an adapter and an ORM on the same pool of connections. */
export interface OpenDatabase {
  adapter: Adapter;
  orm: Orm;
  /** Statements that the ORM sent to the database, the adapter's among them. */
  sent: string[];
  /** Plain SQL on one of the app's connections. @returns the rows */
  query(text: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Time zone of each session with the server, as the server spells it; SQLite has none. */
  timeZone?: string;
}
