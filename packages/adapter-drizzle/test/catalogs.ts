/** What a database says of the tables that some SQL made: columns, indexes and references, each as a list of plain rows. */
import { randomBytes } from "node:crypto";
import { createClient } from "@libsql/client";
import { createConnection } from "mysql2/promise";
import pg from "pg";
import { MYSQL_URL } from "./mysql.js";
import { POSTGRES_URL } from "./postgresql.js";

export interface Catalog {
  columns: unknown[];
  indexes: unknown[];
  references: unknown[];
}

const TABLES = ["users", "sessions", "accounts", "verifications"];

export async function catalogOfSqlite(statements: string[]): Promise<Catalog> {
  const client = createClient({ url: ":memory:" });
  const rows = async (query: string) => (await client.execute(query)).rows.map((row) => ({ ...row }));
  const ofEach = async (query: (table: string) => string) => (await Promise.all(TABLES.map(query).map(rows))).flat();
  for (const statement of statements) await client.execute(statement);
  const catalog = {
    columns: await ofEach(
      (table) => `SELECT '${table}', name, upper(type), "notnull", dflt_value, pk FROM pragma_table_info('${table}')`,
    ),
    indexes: await ofEach(
      (table) =>
        `SELECT '${table}', i.name, i."unique", c.name AS "column", c.seqno FROM pragma_index_list('${table}') i
         JOIN pragma_index_info(i.name) c WHERE i.origin = 'c' ORDER BY i.name, c.seqno`,
    ),
    references: await ofEach(
      (table) =>
        `SELECT '${table}', "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list('${table}')`,
    ),
  };
  client.close();
  return catalog;
}

/** In a database of its own: drizzle-kit names the schema `public`. */
export async function catalogOfPostgresql(statements: string[]): Promise<Catalog> {
  const name = `latchkey_drizzle_${randomBytes(6).toString("hex")}`;
  const server = await connectPostgresql(POSTGRES_URL);
  await server.query(`CREATE DATABASE ${name}`);
  const client = await connectPostgresql(Object.assign(new URL(POSTGRES_URL), { pathname: `/${name}` }).href);
  try {
    for (const statement of statements) await client.query(statement);
    const rows = async (query: string) => (await client.query(query)).rows;
    return {
      columns: await rows(
        `SELECT table_name, column_name, udt_name, datetime_precision, character_maximum_length, is_nullable, column_default
         FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`,
      ),
      indexes: await rows("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"),
      references: await rows(
        `SELECT conname, conrelid::regclass::text AS "table", pg_get_constraintdef(oid) AS definition FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace ORDER BY conname`,
      ),
    };
  } finally {
    await client.end();
    await server.query(`DROP DATABASE ${name}`);
    await server.end();
  }
}

async function connectPostgresql(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

export async function catalogOfMysql(statements: string[]): Promise<Catalog> {
  const name = `latchkey_drizzle_${randomBytes(6).toString("hex")}`;
  const client = await createConnection({ uri: MYSQL_URL, multipleStatements: true });
  try {
    await client.query(`CREATE DATABASE ${name}; USE ${name}`);
    for (const statement of statements) await client.query(statement);
    const rows = async (query: string) => (await client.query(query))[0] as unknown[];
    return {
      columns: await rows(
        `SELECT table_name, column_name, column_type, is_nullable, column_default, column_key FROM information_schema.columns
         WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`,
      ),
      indexes: await rows(
        `SELECT table_name, index_name, non_unique, seq_in_index, column_name FROM information_schema.statistics
         WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index`,
      ),
      references: await rows(
        `SELECT r.table_name, r.constraint_name, r.update_rule, r.delete_rule, r.referenced_table_name, k.column_name,
           k.referenced_column_name
         FROM information_schema.referential_constraints r JOIN information_schema.key_column_usage k
           ON k.constraint_schema = r.constraint_schema AND k.constraint_name = r.constraint_name
         WHERE r.constraint_schema = DATABASE() ORDER BY r.table_name, r.constraint_name`,
      ),
    };
  } finally {
    await client.query(`DROP DATABASE ${name}`);
    await client.end();
  }
}
