/** Names and values of the app's Drizzle tables, as its database has them. Drizzle knows both; nothing is guessed here. */
import type { ColumnKind } from "@latchkey/core";
import type { SqlDatabase, TableName } from "@latchkey/core/sql";
import { type Column, getTableColumns, type SQL, sql, type Table } from "drizzle-orm";
import { columnsOfSchema, type Tables } from "./columns.js";

/** The part of {@link SqlDatabase} that the tables decide. */
export type Mapping = Pick<SqlDatabase, "tableName" | "columnName" | "encode" | "decode">;

/** What every Drizzle database can do: write a SELECT without running it. */
interface QueryWriter {
  select(fields: Record<string, Column | SQL>): { from(table: Table): { toSQL(): { sql: string } } };
}

interface MappedColumn {
  name: string;
  encode(value: unknown): unknown;
  decode(value: unknown): unknown;
}

interface MappedTable {
  name: string;
  columns: Record<string, MappedColumn>;
}

export function mappingOf(db: object, tables: Tables): Mapping {
  const writer = db as QueryWriter;
  const mapped: Record<TableName, MappedTable> = {
    users: mapTable(writer, tables.users, "users"),
    sessions: mapTable(writer, tables.sessions, "sessions"),
    accounts: mapTable(writer, tables.accounts, "accounts"),
    verifications: mapTable(writer, tables.verifications, "verifications"),
  };
  const columnOf = (table: TableName, column: string): MappedColumn => {
    const found = mapped[table].columns[column];
    if (found === undefined) throw new Error(`${table}.${column} is no column of the schema`);
    return found;
  };
  return {
    tableName: (table) => mapped[table].name,
    columnName: (table, column) => columnOf(table, column).name,
    encode: (table, column, value) => columnOf(table, column).encode(value),
    decode: (table, column, value) => columnOf(table, column).decode(value),
  };
}

function mapTable(writer: QueryWriter, table: Table, name: TableName): MappedTable {
  const own: Record<string, Column> = getTableColumns(table);
  const quoted = writer.select({ one: sql`1` }).from(table).toSQL().sql.slice("select 1 from ".length);
  const columns = columnsOfSchema(name).map(([key, { kind }]) => {
    const column = own[key] as Column;
    return [key, mapColumn(columnName(writer, table, quoted, column), column, kind)];
  });
  return { name: quoted, columns: Object.fromEntries(columns) };
}

/** Asked of a statement, because `drizzle(…, { casing })` names columns that have no name of their own. */
function columnName(writer: QueryWriter, table: Table, quotedTable: string, column: Column): string {
  const text = writer.select({ column }).from(table).toSQL().sql;
  return text.slice("select ".length + 1, -(` from ${quotedTable}`.length + 1));
}

function mapColumn(name: string, column: Column, kind: ColumnKind): MappedColumn {
  const decode = (value: unknown) => column.mapFromDriverValue(value);
  return {
    name,
    encode: (value) => column.mapToDriverValue(value),
    decode:
      kind === "instant"
        ? (value) => requireInstant(name, value, decode)
        : kind === "json"
          ? decodeJson(decode)
          : decode,
  };
}

/** A time that is misread would let a session live on, so that what is not surely an instant is an error. */
function requireInstant(name: string, value: unknown, decode: (value: unknown) => unknown): Date {
  if (typeof value === "string" && !/^\d{4}-\d\d-\d\d[ T]/.test(value))
    throw new Error(`${name}: the database writes times in a style of its own; set DateStyle to ISO`);
  const instant = decode(value);
  if (!(instant instanceof Date) || Number.isNaN(instant.getTime())) throw new Error(`${name}: not an instant`);
  return instant;
}

/** MariaDB keeps JSON as text, and not every driver parses it. */
function decodeJson(decode: (value: unknown) => unknown): (value: unknown) => unknown {
  return (value) => {
    const decoded = decode(value);
    return typeof decoded === "string" ? JSON.parse(decoded) : decoded;
  };
}
