/** `@latchkey/adapter-drizzle`: Latchkey's tables in a database that the app reaches through Drizzle ORM. */
export {
  createTables,
  DrizzleAdapter,
  DrizzleAdapter as drizzleAdapter,
  type DrizzleDatabase,
  type TablesFor,
} from "./adapter.js";
export type { MysqlDatabase } from "./mysql/database.js";
export { type MysqlTables, mysqlTables } from "./mysql/tables.js";
export type { PostgresqlDatabase } from "./postgresql/database.js";
export { type PgTables, pgTables } from "./postgresql/tables.js";
export type { BetterSqliteDatabase, LibsqlDatabase, SqliteDatabase } from "./sqlite/database.js";
export { type SqliteTables, sqliteTables } from "./sqlite/tables.js";
