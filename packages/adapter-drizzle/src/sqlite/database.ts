/** The database as the app opened it. */
import type { LibSQLDatabase } from "drizzle-orm/libsql";

/** What the adapter needs of a database that `drizzle()` of `drizzle-orm/libsql` made. */
export type SqliteDatabase = Pick<LibSQLDatabase, "select" | "insert" | "update" | "delete" | "batch" | "run">;
