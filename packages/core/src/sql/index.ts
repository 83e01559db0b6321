/** `@latchkey/core/sql`: the adapter contract over SQL, for whoever brings a driver or an ORM. */
import type { Adapter } from "../contracts/adapter.js";
import { SqlAdapter } from "./adapter.js";
import type { Dialect, SqlDatabase } from "./database.js";
import { MysqlStore } from "./mysql.js";
import { PostgresqlStore } from "./postgresql.js";
import { SqliteStore } from "./sqlite.js";

export type { Dialect, Result, SqlDatabase, Statement, TableName } from "./database.js";
export { createTablesSql, type Flavour, indexName, isKey, PRISMA_USER_DEFAULTS } from "./tables.js";

const STORES = { sqlite: SqliteStore, postgresql: PostgresqlStore, mysql: MysqlStore } as const satisfies Record<
  Dialect,
  unknown
>;

/** Makes an adapter of a database: every promise of the contract is one statement or one transaction. */
export function createSqlAdapter(database: SqlDatabase): Adapter {
  return new SqlAdapter(database, new STORES[database.dialect](database));
}
