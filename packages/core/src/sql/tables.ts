/** The tables of `schema.ts` as SQL. Names of keys and indexes are those that Prisma gives, in every dialect. */
import { type Column, type ColumnKind, SCHEMA, type Table } from "../schema.js";
import type { Dialect } from "./database.js";
import { type Fragment, raw, sql } from "./fragment.js";

/** The ORM that reads and writes the tables: Prisma keeps dates, and on SQLite booleans and JSON, in types of its own. */
export type Flavour = "prisma" | "drizzle";

type Types = Record<ColumnKind | "key", string>;

const TYPES: Record<Dialect, Types> = {
  sqlite: {
    id: "TEXT",
    key: "TEXT",
    text: "TEXT",
    instant: "INTEGER",
    boolean: "INTEGER",
    integer: "INTEGER",
    json: "TEXT",
  },
  postgresql: {
    id: "TEXT",
    key: "TEXT",
    text: "TEXT",
    instant: "TIMESTAMPTZ(3)",
    boolean: "BOOLEAN",
    integer: "INTEGER",
    json: "JSONB",
  },
  mysql: {
    id: "VARCHAR(255)",
    key: "VARCHAR(255)",
    text: "TEXT",
    instant: "DATETIME(3)",
    boolean: "BOOLEAN",
    integer: "INTEGER",
    json: "JSON",
  },
};

/**
 * Compared byte by byte, spaces at the end too: no address, token or id equals another that is only spelled alike. MySQL and
 * MariaDB call that by different names, and each reads its own kind of comment.
 */
const MYSQL_OPTIONS =
  " DEFAULT CHARACTER SET utf8mb4 /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100200 COLLATE utf8mb4_nopad_bin */";

/**
 * Where Prisma has types of its own. On PostgreSQL it reads and writes TIMESTAMPTZ by the time zone of the session, and TIMESTAMP as
 * UTC in every zone.
 */
const PRISMA_TYPES: Record<Dialect, Types> = {
  sqlite: { ...TYPES.sqlite, instant: "DATETIME", boolean: "BOOLEAN", json: "JSONB" },
  postgresql: { ...TYPES.postgresql, instant: "TIMESTAMP(3)" },
  mysql: TYPES.mysql,
};

/**
 * What Prisma fills in where the app itself adds a user, as the field's attribute. A session has none of these: Prisma's `@updatedAt`
 * would move what a renewal depends on.
 */
export const PRISMA_USER_DEFAULTS: Readonly<Record<string, string>> = {
  id: "@default(cuid())",
  createdAt: "@default(now())",
  updatedAt: "@updatedAt",
};

/**
 * SQL that creates what is not there yet of tables and indexes: one statement an entry, in the order in which they have to run.
 *
 * @param flavour Whose column types and defaults the tables get
 */
export function createTablesSql(dialect: Dialect, flavour: Flavour = "drizzle"): string[] {
  return Object.entries<Table>(SCHEMA).flatMap(([name, table]) => [
    createTable(dialect, flavour, name, table),
    ...(dialect === "mysql" ? [] : indexesOf(dialect, name, table).map((index) => `CREATE ${index}`)),
  ]);
}

/** `"sessions_userId_idx"`: the name that Prisma gives. @param suffix `key` for unique ones, `idx` for the others */
export function indexName(table: string, columns: readonly string[], suffix: "key" | "idx" | "fkey"): string {
  return `${table}_${columns.join("_")}_${suffix}`;
}

/** True for a column that MySQL must know the length of, because an index or a reference holds it. */
export function isKey({ unique, indexes }: Table, name: string, { references }: Column): boolean {
  return references !== undefined || [...unique, ...indexes].some((columns) => columns.includes(name));
}

export function quote(dialect: Dialect, name: string): string {
  return dialect === "mysql" ? `\`${name.replaceAll("`", "``")}\`` : `"${name.replaceAll('"', '""')}"`;
}

/** A table's own name, without quotes and without the schema before it. */
export function lastName(table: string): string {
  return namesIn(table).at(-1) ?? table;
}

/** Condition that names a table in MySQL's information_schema. @param alias Of the view that is asked */
export function mysqlTable(table: string, alias?: string): Fragment {
  const names = namesIn(table);
  const prefix = raw(alias === undefined ? "" : `${alias}.`);
  const schema = names.length > 1 ? sql`${names[0]}` : raw("DATABASE()");
  return sql`${prefix}TABLE_SCHEMA = ${schema} AND ${prefix}TABLE_NAME = ${lastName(table)}`;
}

/** The names in what {@link quote} wrote, joined by dots. */
function namesIn(table: string): string[] {
  const quoted = table.match(/"(?:[^"]|"")+"|`(?:[^`]|``)+`/g) ?? [table];
  return quoted.map((name) => name.replace(/^["`]|["`]$/g, "").replace(/""|``/g, (pair) => pair.charAt(0)));
}

function createTable(dialect: Dialect, flavour: Flavour, name: string, table: Table): string {
  const columns = Object.entries(table.columns);
  const lines = [
    ...columns.map(([column, definition]) => columnSql(dialect, flavour, table, column, definition)),
    ...columns.flatMap(([column, { references }]) =>
      references === undefined ? [] : [foreignKey(dialect, name, column, references)],
    ),
    ...(dialect === "mysql" ? indexesOf(dialect, name, table) : []),
  ];
  const body = lines.map((line) => `  ${line}`).join(",\n");
  return `CREATE TABLE IF NOT EXISTS ${quote(dialect, name)} (\n${body}\n)${dialect === "mysql" ? MYSQL_OPTIONS : ""}`;
}

function columnSql(dialect: Dialect, flavour: Flavour, table: Table, name: string, column: Column): string {
  const { kind, nullable } = column;
  const initial = column.default ?? (flavour === "prisma" ? prismaDefault(dialect, table, name) : undefined);
  const type = (flavour === "prisma" ? PRISMA_TYPES : TYPES)[dialect][
    kind === "text" && isKey(table, name, column) ? "key" : kind
  ];
  const notNull = nullable ? "" : " NOT NULL";
  const defaultSql = initial === undefined ? "" : ` DEFAULT ${initial}`;
  return `${quote(dialect, name)} ${type}${notNull}${defaultSql}${kind === "id" ? " PRIMARY KEY" : ""}`;
}

/** Of the attributes that Prisma fills in by itself one is a default of the column, too. */
function prismaDefault(dialect: Dialect, table: Table, name: string): string | undefined {
  if (table !== SCHEMA.users || PRISMA_USER_DEFAULTS[name] !== "@default(now())") return undefined;
  return dialect === "mysql" ? "CURRENT_TIMESTAMP(3)" : "CURRENT_TIMESTAMP";
}

function foreignKey(dialect: Dialect, table: string, column: string, references: string): string {
  const [constraint, from, to, id] = [indexName(table, [column], "fkey"), column, references, "id"].map((name) =>
    quote(dialect, name),
  );
  return `CONSTRAINT ${constraint} FOREIGN KEY (${from}) REFERENCES ${to} (${id}) ON DELETE CASCADE ON UPDATE CASCADE`;
}

/** What follows CREATE; in MySQL, which has no CREATE INDEX IF NOT EXISTS, lines of CREATE TABLE. */
function indexesOf(dialect: Dialect, name: string, { unique, indexes }: Table): string[] {
  const isLine = dialect === "mysql";
  const index = (columns: readonly string[], suffix: "key" | "idx") => {
    const named = quote(dialect, indexName(name, columns, suffix));
    const list = `(${columns.map((column) => quote(dialect, column)).join(", ")})`;
    return isLine ? `${named} ${list}` : `IF NOT EXISTS ${named} ON ${quote(dialect, name)} ${list}`;
  };
  return [
    ...unique.map((columns) => `UNIQUE INDEX ${index(columns, "key")}`),
    ...indexes.map((columns) => `INDEX ${index(columns, "idx")}`),
  ];
}
