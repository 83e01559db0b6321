/** The tables of the core's schema as TypeScript source for Drizzle: code that the app owns. Pure. */
import { type Column, type ColumnKind, SCHEMA, type Table } from "@latchkey/core";
import { type Dialect, indexName, isKey } from "@latchkey/core/sql";

type Builder = (name: string) => string;

interface Style {
  /** Subpath of `drizzle-orm`. */
  readonly module: string;
  /** The function that makes a table. */
  readonly table: string;
  /** What makes a column of each kind. `"key"` is text that an index or a reference holds. */
  readonly columns: Readonly<Record<ColumnKind | "key", Builder>>;
  /** Functions that stand above the tables. */
  readonly helpers: string;
}

const plain =
  (builder: string): Builder =>
  (name) =>
    `${builder}("${name}")`;

const STYLES: Readonly<Record<Dialect, Style>> = {
  sqlite: {
    module: "sqlite-core",
    table: "sqliteTable",
    columns: {
      id: plain("text"),
      key: plain("text"),
      text: plain("text"),
      instant: plain("instant"),
      boolean: plain("boolean"),
      integer: plain("integer"),
      json: (name) => `text("${name}", { mode: "json" })`,
    },
    helpers: `/** Milliseconds since 1970. */
const instant = <N extends string>(name: N) => integer(name, { mode: "timestamp_ms" });
const boolean = <N extends string>(name: N) => integer(name, { mode: "boolean" });
`,
  },
  postgresql: {
    module: "pg-core",
    table: "pgTable",
    columns: {
      id: plain("text"),
      key: plain("text"),
      text: plain("text"),
      instant: plain("instant"),
      boolean: plain("boolean"),
      integer: plain("integer"),
      json: plain("jsonb"),
    },
    helpers: `const instant = <N extends string>(name: N) => timestamp(name, { precision: 3, withTimezone: true, mode: "date" });
`,
  },
  mysql: {
    module: "mysql-core",
    table: "mysqlTable",
    columns: {
      id: plain("key"),
      key: plain("key"),
      text: plain("text"),
      instant: plain("instant"),
      boolean: plain("boolean"),
      integer: plain("int"),
      json: plain("json"),
    },
    helpers: `/** UTC, whatever the time zone of the connection. */
const instant = <N extends string>(name: N) => datetime(name, { fsp: 3, mode: "date" });
/** What an index or a reference holds must have a length. */
const key = <N extends string>(name: N) => varchar(name, { length: 255 });
`,
  },
};

const IMPORTED = ["boolean", "datetime", "foreignKey", "index", "int", "integer", "json", "jsonb", "text", "timestamp"];

/** What the JSON columns hold, for TypeScript. */
const JSON_TYPES: Readonly<Record<string, string>> = { data: "Record<string, unknown>", scopes: "string[]" };

/** Source of a module that exports the tables, ready for `DrizzleAdapter(db, { users, sessions, accounts, verifications })`. */
export function drizzleSource(dialect: Dialect): string {
  const style = STYLES[dialect];
  const tables = Object.entries<Table>(SCHEMA).map(([name, table]) => tableSource(style, name, table));
  const body = `${style.helpers}\n${tables.join("\n\n")}\n`;
  const header = "/** Latchkey's tables. Add columns of your own; those that are here have to stay. */\n";
  return `${header}${importOf(style, body)}\n\n${body}`;
}

/** Names the builders that the body calls and does not define. */
function importOf({ module, table }: Style, body: string): string {
  const isCalled = (name: string) => new RegExp(`(?<![\\w.])${name}\\(`).test(body);
  const isDefined = (name: string) => body.includes(`const ${name} =`);
  const names = [...IMPORTED, table, "uniqueIndex", "varchar"].filter((name) => isCalled(name) && !isDefined(name));
  return `import { ${names.sort().join(", ")} } from "drizzle-orm/${module}";`;
}

function tableSource(style: Style, name: string, table: Table): string {
  const columns = Object.entries(table.columns).map(
    ([column, definition]) => `    ${column}: ${columnSource(style, table, column, definition)},`,
  );
  const extras = extrasOf(name, table).map((extra) => `    ${extra},`);
  return [
    `export const ${name} = ${style.table}(`,
    `  "${name}",`,
    "  {",
    ...columns,
    "  },",
    "  (table) => [",
    ...extras,
    "  ],",
    ");",
  ].join("\n");
}

function columnSource({ columns }: Style, table: Table, name: string, column: Column): string {
  const { kind, nullable, default: initial } = column;
  const build = columns[kind === "text" && isKey(table, name, column) ? "key" : kind];
  return [
    build(name),
    ...(kind === "json" ? [`.$type<${JSON_TYPES[name] ?? "unknown"}>()`] : []),
    ...(kind === "id" ? [".primaryKey()"] : nullable ? [] : [".notNull()"]),
    ...(initial === undefined ? [] : [`.default(${initial})`]),
  ].join("");
}

function extrasOf(name: string, { columns, unique, indexes }: Table): string[] {
  const on = (list: readonly string[]) => `.on(${list.map((column) => `table.${column}`).join(", ")})`;
  const references = Object.entries(columns).flatMap(([column, { references: other }]) =>
    other === undefined ? [] : [foreignKeySource(name, column, other)],
  );
  return [
    ...unique.map((list) => `uniqueIndex("${indexName(name, list, "key")}")${on(list)}`),
    ...indexes.map((list) => `index("${indexName(name, list, "idx")}")${on(list)}`),
    ...references,
  ];
}

function foreignKeySource(table: string, column: string, other: string): string {
  const name = indexName(table, [column], "fkey");
  return `foreignKey({ name: "${name}", columns: [table.${column}], foreignColumns: [${other}.id] }).onDelete("cascade").onUpdate("cascade")`;
}
