/** `@latchkey/adapter-drizzle`: Latchkey's tables in a database that the app reaches through Drizzle ORM. */
import type { Adapter } from "@latchkey/core";
import { SqlAdapter } from "./adapter.js";
import type { SqliteDatabase } from "./sqlite/database.js";
import { sqliteStore } from "./sqlite/store.js";
import { type SqliteTables, sqliteTables } from "./sqlite/tables.js";

export type { SqliteDatabase } from "./sqlite/database.js";
export { createTables, createTablesSql, type SqliteTables, sqliteTables } from "./sqlite/tables.js";

/**
 * The adapter for SQLite through `drizzle-orm/libsql`.
 *
 * SQLite has one writer at a time, among all processes on a file, and by default the driver does not wait for its turn:
 * pass `timeout` (milliseconds) to `createClient`, such as 5000. A call that waited in vain fails and has changed nothing.
 *
 * @param tables The app's own tables, when they have the columns of {@link sqliteTables}; others they may have besides
 * @throws AuthError `config_invalid` that names the table and the column that is missing or of another kind
 */
export function DrizzleAdapter(db: SqliteDatabase, tables: SqliteTables = sqliteTables): Adapter {
  return new SqlAdapter(sqliteStore(db, tables));
}

export { DrizzleAdapter as drizzleAdapter };
