/** Prisma as a database of the SQL adapter: statements go out raw, rows come back by position. */
import { type ColumnKind, SCHEMA, type Table } from "@latchkey/core";
import type { Dialect, Result, SqlDatabase, Statement, TableName } from "@latchkey/core/sql";
import { type DataModel, dataModelOf, type PrismaClientLike, type PrismaStatement } from "./client.js";
import { decode, encode } from "./values.js";

/** Milliseconds for a connection, and then for the statements of a transaction. Prisma waits 2 s for a connection of its own accord. */
const PATIENCE = { maxWait: 5000, timeout: 5000 } as const;

/** @throws AuthError `config_invalid` unless the client's schema has the four models and its provider is supported */
export function prismaDatabase(client: PrismaClientLike): SqlDatabase {
  const { dialect, tables }: DataModel = dataModelOf(client);
  const names = mapTables((table) => qualifiedName(dialect, tables[table]));
  return {
    dialect,
    tableName: (table) => names[table],
    columnName: (table, column) => tables[table].columns.get(column) ?? column,
    encode: (table, column, value) => encode(kindOf(table, column), value),
    decode: (table, column, value) => decode(kindOf(table, column), value),
    async run(statement) {
      return resultOf(statement, await sent(client, dialect, statement));
    },
    async batch(statements) {
      const parts = statements.map((statement) => sent(client, dialect, statement));
      const answers = await client.$transaction(parts, transactionOptions(dialect));
      return statements.map((statement, index) => resultOf(statement, (answers as unknown[])[index]));
    },
  };
}

/** Prisma sends it when it is awaited, or with the transaction that it is given to. */
function sent(client: PrismaClientLike, dialect: Dialect, statement: Statement): PrismaStatement<unknown> {
  const text = textOf(dialect, statement);
  return statement.answers === "rows"
    ? client.$queryRawUnsafe(text, ...statement.values)
    : client.$executeRawUnsafe(text, ...statement.values);
}

function textOf(dialect: Dialect, { strings }: Statement): string {
  if (dialect !== "postgresql") return strings.join("?");
  return strings.reduce((text, next, index) => `${text}$${index}${next}`);
}

function resultOf({ answers }: Statement, answer: unknown): Result {
  if (answers === "count") return { rows: [], count: Number(answer) };
  // Every column has a name of its own, c0, c1, …, and a row keeps them in that order.
  return { rows: (answer as object[]).map((row) => Object.values(row)), count: 0 };
}

/** SQLite has one isolation, and refuses to be asked for another. */
function transactionOptions(dialect: Dialect) {
  return dialect === "sqlite" ? PATIENCE : { ...PATIENCE, isolationLevel: "ReadCommitted" };
}

function qualifiedName(dialect: Dialect, { schema, name }: DataModel["tables"][TableName]): string {
  const mark = dialect === "mysql" ? "`" : '"';
  const parts = schema === undefined ? [name] : [schema, name];
  return parts.map((part) => `${mark}${part.replaceAll(mark, mark + mark)}${mark}`).join(".");
}

function kindOf(table: TableName, column: string): ColumnKind {
  const { columns }: Table = SCHEMA[table];
  return columns[column]?.kind ?? "text";
}

function mapTables<T>(make: (table: TableName) => T): Record<TableName, T> {
  return {
    users: make("users"),
    sessions: make("sessions"),
    accounts: make("accounts"),
    verifications: make("verifications"),
  };
}
