/** The columns of `schema.ts` in the app's Drizzle tables: whether they are there, and rows from and to them. Any dialect. */
import { AuthError, type ColumnKind, type Column as ColumnOfSchema, SCHEMA } from "@latchkey/core";
import { type Column, getTableColumns, is, Table } from "drizzle-orm";

export type TableName = keyof typeof SCHEMA;
/** Four tables, each with at least the columns of the schema, by their TypeScript names. */
export type Tables = { [T in TableName]: Table & { [C in keyof (typeof SCHEMA)[T]["columns"]]: Column } };
export type Row = Record<string, unknown>;

/** What Drizzle calls the values of each kind. */
const DATA_TYPES: Record<ColumnKind, string> = {
  id: "string",
  text: "string",
  instant: "date",
  boolean: "boolean",
  integer: "number",
  json: "json",
};

/** @throws AuthError `config_invalid` that names the table and the column that is missing or of another kind */
export function requireColumns(tables: Tables): void {
  for (const name of Object.keys(SCHEMA) as TableName[]) {
    if (!is(tables?.[name], Table)) throw new AuthError("config_invalid", `tables.${name} is not a Drizzle table`);
    const columns: Record<string, Column> = getTableColumns(tables[name]);
    for (const [column, { kind }] of columnsOfSchema(name))
      requireColumn(columns[column], `tables.${name}.${column}`, kind);
  }
}

function requireColumn(column: Column | undefined, path: string, kind: ColumnKind): void {
  if (column === undefined) throw new AuthError("config_invalid", `${path} is missing: add the column to the table`);
  if (column.dataType !== DATA_TYPES[kind])
    throw new AuthError("config_invalid", `${path} must hold a ${DATA_TYPES[kind]}, not a ${column.dataType}`);
  if (kind === "instant" && column.mapToDriverValue(new Date(0)) === column.mapToDriverValue(new Date(1)))
    throw new AuthError("config_invalid", `${path} must keep milliseconds, as mode "timestamp_ms" does`);
}

/** The columns to read of a table. The hash of a session's token is none of them: it goes in and never comes out. */
export function readableColumns<C extends Column>(table: Table, name: TableName): Record<string, C> {
  const columns: Record<string, Column> = getTableColumns(table);
  const readable = columnsOfSchema(name).filter(([column]) => name !== "sessions" || column !== "tokenHash");
  return Object.fromEntries(readable.map(([column]) => [column, columns[column] as C]));
}

/** A whole row: what is left out has its default, or is null. */
export function completeRow(name: TableName, draft: object): Row {
  const given = new Map<string, unknown>(Object.entries(draft));
  return Object.fromEntries(
    columnsOfSchema(name).map(([column, { default: initial = null }]) => [column, given.get(column) ?? initial]),
  );
}

/** Reads the columns, in this order, from a row of plain driver values that starts at `offset`. */
export function decodeRow(
  columns: readonly (readonly [string, Column])[],
  values: ArrayLike<unknown>,
  offset: number,
): Row {
  const row: Row = {};
  let index = offset;
  for (const [name, column] of columns) {
    const value = values[index++];
    row[name] = value === null ? null : column.mapFromDriverValue(value);
  }
  return row;
}

function columnsOfSchema(name: TableName): [string, ColumnOfSchema][] {
  return Object.entries(SCHEMA[name].columns);
}
