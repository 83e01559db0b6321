/** The adapter over whichever database Drizzle was opened on. */
import { type Adapter, AuthError } from "@latchkey/core";
import { createSqlAdapter, createTablesSql, type SqlDatabase, type Statement } from "@latchkey/core/sql";
import { is } from "drizzle-orm";
import { MySqlDatabase } from "drizzle-orm/mysql-core";
import { PgDatabase } from "drizzle-orm/pg-core";
import { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import { requireColumns, type TableRules, type Tables } from "./columns.js";
import { mappingOf } from "./mapping.js";
import { MYSQL_RULES, type MysqlDatabase, runOnMysql } from "./mysql/database.js";
import { type MysqlTables, mysqlTables } from "./mysql/tables.js";
import { POSTGRESQL_RULES, type PostgresqlDatabase, runOnPostgresql } from "./postgresql/database.js";
import { type PgTables, pgTables } from "./postgresql/tables.js";
import { runOnSqlite, SQLITE_RULES, type SqliteDatabase } from "./sqlite/database.js";
import { type SqliteTables, sqliteTables } from "./sqlite/tables.js";

/** A database that Drizzle opened: libsql, better-sqlite3, node-postgres, postgres.js, PGlite or mysql2. */
export type DrizzleDatabase = SqliteDatabase | PostgresqlDatabase | MysqlDatabase;

/** The tables that go with a database. */
export type TablesFor<D extends DrizzleDatabase> = D extends SqliteDatabase
  ? SqliteTables
  : D extends PostgresqlDatabase
    ? PgTables
    : MysqlTables;

/** What the dialect of a database decides. */
interface Opened {
  driver: Pick<SqlDatabase, "dialect" | "run" | "batch">;
  rules: TableRules;
  tables: Tables;
}

/**
 * The adapter for a database that the app opened with Drizzle.
 *
 * SQLite has one writer at a time, among all processes on a file, and by default libsql does not wait for its turn: pass `timeout`
 * (milliseconds) to `createClient`, such as 5000. A call that waited in vain fails and has changed nothing. For PostgreSQL and
 * MySQL give Drizzle a pool: one connection mixes the transactions of requests and does not come back after an outage.
 *
 * @param tables The app's own tables, when they have the columns of `sqliteTables`, `pgTables` or `mysqlTables`, which are the
 *   default; others they may have besides
 * @throws AuthError `config_invalid` that names what is wrong: the database, or the table and the column that is missing or of
 *   another kind
 */
export function DrizzleAdapter<D extends DrizzleDatabase>(db: D, tables?: TablesFor<D>): Adapter {
  const opened = open(db);
  const used: Tables = tables ?? opened.tables;
  requireColumns(used, opened.rules);
  return createSqlAdapter({ ...opened.driver, ...mappingOf(db, used) });
}

/** Creates what is not there yet of tables and indexes: for tests, examples and apps without migrations. */
export async function createTables(db: DrizzleDatabase): Promise<void> {
  const { driver } = open(db);
  const statements = createTablesSql(driver.dialect).map(statementOf);
  // MySQL ends a transaction at each change of a table.
  if (driver.dialect === "mysql") for (const statement of statements) await driver.run(statement);
  else await driver.batch([...(driver.dialect === "postgresql" ? TURNS : []), ...statements]);
}

/** IF NOT EXISTS fails where two look at once, and PostgreSQL notes each table that is there. */
const TURNS = ["SELECT pg_advisory_xact_lock(119165402)", "SET LOCAL client_min_messages = warning"].map(statementOf);

function statementOf(text: string): Statement {
  return { strings: [text], values: [], answers: "count" };
}

function open(db: unknown): Opened {
  if (is(db, BaseSQLiteDatabase))
    return { driver: runOnSqlite(db as unknown as SqliteDatabase), rules: SQLITE_RULES, tables: sqliteTables };
  if (is(db, PgDatabase)) return { driver: runOnPostgresql(db), rules: POSTGRESQL_RULES, tables: pgTables };
  if (is(db, MySqlDatabase)) return { driver: runOnMysql(db), rules: MYSQL_RULES, tables: mysqlTables };
  throw new AuthError("config_invalid", "give the adapter a database that drizzle() made");
}
