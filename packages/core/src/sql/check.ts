/** What is wrong with the tables of a database: found at start, and not by the first user who signs in. */
import { type Column, type ColumnKind, SCHEMA, type Table } from "../schema.js";
import { type Catalog, readCatalog } from "./catalog.js";
import type { Dialect, SqlDatabase, TableName } from "./database.js";
import { lastName } from "./tables.js";

/** Types that hold a kind of value, in the words of the database, in small letters. */
const HOLDS: Record<Dialect, Record<"text" | "instant" | "boolean" | "integer" | "json", RegExp>> = {
  sqlite: {
    text: /char|clob|text|^uuid/,
    instant: /int|date|time|num/,
    boolean: /int|bool|num/,
    integer: /int|num/,
    json: /text|char|clob|json/,
  },
  postgresql: {
    // Not citext: it takes "Ann" for "ann".
    text: /^(text|character|uuid)/,
    instant: /^timestamp(\([3-6]\))? with/,
    boolean: /^boolean$/,
    integer: /^(integer|bigint|smallint)$/,
    json: /^(jsonb?|text)$/,
  },
  mysql: {
    text: /^(varchar|char|.*text)/,
    // Not TIMESTAMP: it is read and written by the time zone of the session.
    instant: /^datetime\([3-6]\)/,
    boolean: /^(tinyint|bit|bool)/,
    integer: /int\b/,
    json: /^(json|longtext|mediumtext)/,
  },
};

/** What each kind must be, for who reads the message. */
const MEANING = {
  text: "text",
  instant: "a timestamp that keeps milliseconds",
  boolean: "a boolean",
  integer: "an integer",
  json: "JSON",
};

/** @returns one sentence for each table, column, index or type that is not as the schema says */
export async function checkTables(database: SqlDatabase): Promise<string[]> {
  const problems: string[] = [];
  for (const name of Object.keys(SCHEMA) as TableName[]) {
    const catalog = await readCatalog(database, name);
    problems.push(...problemsOf(database, name, catalog));
  }
  return problems;
}

function problemsOf(database: SqlDatabase, name: TableName, catalog: Catalog): string[] {
  const table: Table = SCHEMA[name];
  const named = database.tableName(name);
  if (catalog.columns.size === 0) return [`the table ${named} is missing`];
  const columnName = (column: string) => database.columnName(name, column);
  const columns = Object.entries(table.columns).flatMap(([column, definition]) =>
    columnProblems(database, `${named}.${columnName(column)}`, columnName(column), definition, catalog),
  );
  const known = Object.keys(table.columns).filter((column) => catalog.columns.has(columnName(column)));
  const isKnown = (list: readonly string[]) => list.every((column) => known.includes(column));
  const list = (of: readonly string[]) => `(${of.map(columnName).join(", ")})`;
  const unique = table.unique.filter((of) => isKnown(of) && !isUnique(catalog, of.map(columnName)));
  const indexes = table.indexes.filter((of) => isKnown(of) && !isIndexed(catalog, of.map(columnName)));
  return [
    ...columns,
    ...unique.map((of) => `${named} needs a unique index on ${list(of)}`),
    ...indexes.map((of) => `${named} needs an index on ${list(of)}`),
  ];
}

function columnProblems(
  { dialect, tableName }: SqlDatabase,
  path: string,
  name: string,
  { kind, nullable, references }: Column,
  { columns, cascades, indexes }: Catalog,
): string[] {
  const column = columns.get(name);
  if (column === undefined) return [`the column ${path} is missing`];
  const stored = kindOf(kind);
  const isKey = kind === "id";
  return [
    HOLDS[dialect][stored].test(column.type) ? "" : `${path} must be ${MEANING[stored]}, and is ${column.type}`,
    // SQLite calls the column of a primary key nullable.
    column.nullable && !nullable && !isKey ? `${path} must be NOT NULL: a row without it would have no meaning` : "",
    !column.nullable && nullable ? `${path} must allow NULL` : "",
    isKey && dialect !== "sqlite" && !isUnique({ indexes }, [name]) ? `${path} must be the primary key` : "",
    references && lastName(cascades.get(name) ?? "") !== lastName(tableName(references as TableName))
      ? `${path} must refer to ${references} with ON DELETE CASCADE${dialect === "sqlite" ? ", and foreign_keys must be on" : ""}`
      : "",
  ].filter((problem) => problem !== "");
}

function kindOf(kind: ColumnKind): keyof typeof MEANING {
  return kind === "id" ? "text" : kind;
}

/** The order of the columns does not matter to uniqueness. */
function isUnique({ indexes }: Pick<Catalog, "indexes">, columns: readonly string[]): boolean {
  return indexes.some(
    (index) =>
      index.unique &&
      index.columns.length === columns.length &&
      columns.every((column) => index.columns.includes(column)),
  );
}

/** An index that begins with the columns finds rows by them. */
function isIndexed({ indexes }: Catalog, columns: readonly string[]): boolean {
  return indexes.some((index) => columns.every((column, place) => index.columns[place] === column));
}
