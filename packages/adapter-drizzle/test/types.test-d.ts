/** Which tables go with which database: what does not fit does not compile. */
import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { MySql2Database } from "drizzle-orm/mysql2";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import { integer, sqliteTable } from "drizzle-orm/sqlite-core";
import { expectTypeOf, test } from "vitest";
import {
  createTables,
  DrizzleAdapter,
  type DrizzleDatabase,
  type MysqlTables,
  mysqlTables,
  type PgTables,
  pgTables,
  type SqliteTables,
  sqliteTables,
  type TablesFor,
} from "../src/index.js";

declare const libsql: LibSQLDatabase;
declare const betterSqlite: BetterSQLite3Database<typeof sqliteTables>;
declare const nodePostgres: NodePgDatabase<typeof pgTables>;
declare const postgresJs: PostgresJsDatabase;
declare const pglite: PgliteDatabase;
declare const mysql2: MySql2Database<typeof mysqlTables>;

test("each database takes the tables of its dialect, and none of another", () => {
  expectTypeOf<TablesFor<LibSQLDatabase>>().toEqualTypeOf<SqliteTables>();
  expectTypeOf<TablesFor<BetterSQLite3Database>>().toEqualTypeOf<SqliteTables>();
  expectTypeOf<TablesFor<NodePgDatabase>>().toEqualTypeOf<PgTables>();
  expectTypeOf<TablesFor<PostgresJsDatabase>>().toEqualTypeOf<PgTables>();
  expectTypeOf<TablesFor<PgliteDatabase>>().toEqualTypeOf<PgTables>();
  expectTypeOf<TablesFor<MySql2Database>>().toEqualTypeOf<MysqlTables>();

  DrizzleAdapter(libsql, sqliteTables);
  DrizzleAdapter(betterSqlite, sqliteTables);
  DrizzleAdapter(nodePostgres, pgTables);
  DrizzleAdapter(postgresJs, pgTables);
  DrizzleAdapter(pglite, pgTables);
  DrizzleAdapter(mysql2, mysqlTables);
  // @ts-expect-error tables of PostgreSQL on SQLite
  DrizzleAdapter(libsql, pgTables);
  // @ts-expect-error tables of SQLite on PostgreSQL
  DrizzleAdapter(nodePostgres, sqliteTables);
  // @ts-expect-error tables of PostgreSQL on MySQL
  DrizzleAdapter(mysql2, pgTables);
  // @ts-expect-error tables of MySQL on PostgreSQL
  DrizzleAdapter(pglite, mysqlTables);
  // @ts-expect-error no database
  DrizzleAdapter({});
});

test("the app's own tables need every column, with values of the right kind", () => {
  const { users } = sqliteTables;
  // @ts-expect-error columns are missing
  DrizzleAdapter(libsql, { ...sqliteTables, users: sqliteTable("users", { id: users.id }) });
  // @ts-expect-error a table is missing
  DrizzleAdapter(libsql, { users });
  // @ts-expect-error an instant must be a Date
  DrizzleAdapter(libsql, { ...sqliteTables, verifications: { ...sqliteTables.verifications, expires: integer() } });
  const verifications = pgTable("codes", {
    ...{ id: text().primaryKey(), identifier: text().notNull(), purpose: text({ enum: ["otp"] }).notNull() },
    ...{
      tokenHash: text().notNull(),
      attempts: jsonb().$type<string[]>(),
      expires: timestamp(),
      createdAt: timestamp(),
    },
  });
  // @ts-expect-error a counter must be a number
  DrizzleAdapter(nodePostgres, { ...pgTables, verifications });
});

test("createTables takes each of them", () => {
  expectTypeOf(createTables).parameter(0).toEqualTypeOf<DrizzleDatabase>();
  for (const db of [libsql, betterSqlite, nodePostgres, postgresJs, pglite, mysql2])
    expectTypeOf(db).toExtend<DrizzleDatabase>();
});
