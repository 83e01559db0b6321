/** The columns of `schema.ts` in the app's Drizzle tables: whether they are there and hold what the schema says. Any dialect. */
import { AuthError, type ColumnKind, type Column as ColumnOfSchema, SCHEMA } from "@latchkey/core";
import type { TableName } from "@latchkey/core/sql";
import { type Column, type ColumnDataType, getTableColumns, type Table } from "drizzle-orm";

/** What the app's queries see of each kind. */
interface Values {
  id: string;
  text: string;
  instant: Date;
  boolean: boolean;
  integer: number;
  json: unknown;
}

type KindOf<C> = C extends { kind: infer K extends ColumnKind } ? K : never;

/** Four tables of one dialect, each with at least the columns of the schema, by their TypeScript names. */
export type TablesOf<T extends Table, C extends Column> = {
  [N in TableName]: T & {
    [K in keyof (typeof SCHEMA)[N]["columns"]]: C & { _: { data: Values[KindOf<(typeof SCHEMA)[N]["columns"][K]>] } };
  };
};
export type Tables = TablesOf<Table, Column>;

/** What Drizzle calls the values of each kind. */
const DATA_TYPES: Record<ColumnKind, ColumnDataType> = {
  id: "string",
  text: "string",
  instant: "date",
  boolean: "boolean",
  integer: "number",
  json: "json",
};

export interface TableRules {
  /** Whether it is a table of this dialect. */
  isTable(value: unknown): boolean;
  /** Types of this dialect's columns that keep milliseconds. */
  exactInstant: RegExp;
  /** Such a type, for the message. */
  example: string;
}

/** @throws AuthError `config_invalid` that names the table and the column that is missing or of another kind */
export function requireColumns(tables: Tables, rules: TableRules): void {
  for (const name of Object.keys(SCHEMA) as TableName[]) {
    if (!rules.isTable(tables?.[name])) throw refused(`tables.${name} is no Drizzle table for this database`);
    const columns: Record<string, Column> = getTableColumns(tables[name]);
    for (const [column, { kind }] of columnsOfSchema(name))
      requireColumn(columns[column], `tables.${name}.${column}`, kind, rules);
  }
}

function requireColumn(column: Column | undefined, path: string, kind: ColumnKind, rules: TableRules): void {
  if (column === undefined) throw refused(`${path} is missing: add the column to the table`);
  if (column.dataType !== DATA_TYPES[kind])
    throw refused(`${path} must hold a ${DATA_TYPES[kind]}, not a ${column.dataType}`);
  if (kind === "instant" && !keepsMilliseconds(column, rules))
    throw refused(`${path} must keep milliseconds, as ${rules.example} does`);
}

function keepsMilliseconds(column: Column, { exactInstant }: TableRules): boolean {
  const isExact = column.mapToDriverValue(new Date(0)) !== column.mapToDriverValue(new Date(1));
  return isExact && exactInstant.test(column.getSQLType());
}

/** The columns of a table by their names in the schema. */
export function columnsOfSchema(name: TableName): [string, ColumnOfSchema][] {
  return Object.entries(SCHEMA[name].columns);
}

function refused(message: string): AuthError {
  return new AuthError("config_invalid", message);
}
