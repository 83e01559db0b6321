/** Values as PostgreSQL, MySQL and SQLite take and give them, without an ORM: the tables that `latchkey migrate` makes. */
import { type Column, type ColumnKind, SCHEMA } from "@latchkey/core";
import type { Dialect, SqlDatabase, TableName } from "@latchkey/core/sql";

/** The names and values of one dialect, for a {@link SqlDatabase}. */
export function codecOf(dialect: Dialect): Pick<SqlDatabase, "tableName" | "columnName" | "encode" | "decode"> {
  const quote = dialect === "mysql" ? "`" : '"';
  return {
    tableName: (table) => `${quote}${table}${quote}`,
    columnName: (_table, column) => column,
    encode: (table, column, value) => encode(dialect, kindOf(table, column), value),
    decode: (table, column, value) => decode(dialect, kindOf(table, column), value),
  };
}

function kindOf(table: TableName, column: string): ColumnKind {
  const columns: Record<string, Column> = SCHEMA[table].columns;
  return columns[column]?.kind ?? "text";
}

function encode(dialect: Dialect, kind: ColumnKind, value: unknown): unknown {
  if (kind === "json") return JSON.stringify(value);
  if (kind === "boolean" && dialect !== "postgresql") return value ? 1 : 0;
  return kind === "instant" && value instanceof Date ? encodeInstant(dialect, value) : value;
}

function encodeInstant(dialect: Dialect, instant: Date): string | number {
  if (dialect === "sqlite") return instant.getTime();
  // In UTC whatever the zone of the connection: MySQL's DATETIME has none.
  return dialect === "mysql" ? instant.toISOString().replace("T", " ").replace("Z", "") : instant.toISOString();
}

function decode(dialect: Dialect, kind: ColumnKind, value: unknown): unknown {
  if (kind === "json") return typeof value === "string" ? JSON.parse(value) : value;
  if (kind === "boolean") return value === true || Number(value) === 1;
  if (kind === "integer") return Number(value);
  if (kind !== "instant" || value instanceof Date) return value;
  if (typeof value === "string" && dialect === "mysql") return new Date(`${value.replace(" ", "T")}Z`);
  return new Date(typeof value === "string" ? value : Number(value));
}
