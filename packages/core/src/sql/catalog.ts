/** What a database says of one of its tables. */
import type { Dialect, SqlDatabase, Statement, TableName } from "./database.js";
import { type Fragment, sql } from "./fragment.js";
import { lastName, mysqlTable } from "./tables.js";

export interface Catalog {
  /** By the name that the database gives the column. Empty when there is no such table. */
  columns: ReadonlyMap<string, { type: string; nullable: boolean }>;
  /** Indexes of all rows; the columns in their order. */
  indexes: readonly { unique: boolean; columns: readonly string[] }[];
  /** Columns whose rows go when the row goes that they refer to, with the table of that one. */
  cascades: ReadonlyMap<string, string>;
}

export async function readCatalog(database: SqlDatabase, table: TableName): Promise<Catalog> {
  const { columns, indexes, cascades } = QUERIES[database.dialect](database.tableName(table));
  const ask = async (query: Fragment) => {
    const statement: Statement = { strings: query.strings, values: query.values, answers: "rows" };
    return (await database.run(statement)).rows;
  };
  return {
    columns: new Map((await ask(columns)).map(([name, type, nullable]) => [String(name), columnOf(type, nullable)])),
    indexes: indexesOf(await ask(indexes)),
    cascades: new Map((await ask(cascades)).map(([column, references]) => [String(column), String(references)])),
  };
}

/** Column: name, type, 1 where it may be null. Index: name, 1 where it is unique, column; in the order of its columns. */
const QUERIES: Record<Dialect, (table: string) => { columns: Fragment; indexes: Fragment; cascades: Fragment }> = {
  sqlite: (table) => {
    const name = lastName(table);
    return {
      columns: sql`SELECT name AS c0, type AS c1, 1 - "notnull" AS c2 FROM pragma_table_info(${name})`,
      indexes: sql`SELECT l.name AS c0, l."unique" AS c1, i.name AS c2 FROM pragma_index_list(${name}) l, pragma_index_info(l.name) i
        WHERE l.partial = 0 ORDER BY l.name, i.seqno`,
      cascades: sql`SELECT "from" AS c0, "table" AS c1 FROM pragma_foreign_key_list(${name}), pragma_foreign_keys
        WHERE on_delete = 'CASCADE' AND foreign_keys = 1`,
    };
  },
  postgresql: (table) => {
    const oid = sql`to_regclass(${table}::text)`;
    return {
      columns: sql`SELECT attname::text AS c0, format_type(atttypid, atttypmod) AS c1, (NOT attnotnull)::int AS c2
        FROM pg_attribute WHERE attrelid = ${oid} AND attnum > 0 AND NOT attisdropped`,
      indexes: sql`SELECT i.indexrelid::regclass::text AS c0, i.indisunique::int AS c1, a.attname::text AS c2
        FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = ${oid} AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND k.place <= i.indnkeyatts
        ORDER BY c0, k.place`,
      cascades: sql`SELECT a.attname::text AS c0, (SELECT relname::text FROM pg_class WHERE oid = f.confrelid) AS c1 FROM pg_constraint f JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
        WHERE f.conrelid = ${oid} AND f.contype = 'f' AND f.confdeltype = 'c'`,
    };
  },
  mysql: (table) => {
    const own = (alias: string) => mysqlTable(table, alias);
    return {
      columns: sql`SELECT c.COLUMN_NAME AS c0, c.COLUMN_TYPE AS c1, c.IS_NULLABLE = 'YES' AS c2 FROM information_schema.COLUMNS c WHERE ${own("c")}`,
      indexes: sql`SELECT s.INDEX_NAME AS c0, 1 - s.NON_UNIQUE AS c1, s.COLUMN_NAME AS c2 FROM information_schema.STATISTICS s
        WHERE ${own("s")} AND s.SUB_PART IS NULL ORDER BY s.INDEX_NAME, s.SEQ_IN_INDEX`,
      cascades: sql`SELECT k.COLUMN_NAME AS c0, k.REFERENCED_TABLE_NAME AS c1 FROM information_schema.KEY_COLUMN_USAGE k
        JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
        WHERE ${own("k")} AND r.DELETE_RULE = 'CASCADE'`,
    };
  },
};

function columnOf(type: unknown, nullable: unknown) {
  return { type: String(type).toLowerCase(), nullable: Number(nullable) === 1 };
}

function indexesOf(rows: readonly (readonly unknown[])[]): Catalog["indexes"] {
  const indexes = new Map<string, { unique: boolean; columns: string[] }>();
  for (const [name, unique, column] of rows) {
    const index = indexes.get(String(name)) ?? { unique: Number(unique) === 1, columns: [] };
    index.columns.push(String(column));
    indexes.set(String(name), index);
  }
  return [...indexes.values()];
}
