/** Real databases, one of its own for each use: on SQLite files, and on the servers that the environment names. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Dialect } from "@latchkey/core/sql";
import { createClient } from "@libsql/client";
import mysql from "mysql2/promise";
import pg from "pg";
import { describe, test } from "vitest";

export interface TestDatabase {
  readonly url: string;
  /** @returns rows as lists of values */
  query(sql: string): Promise<unknown[][]>;
  drop(): Promise<void>;
}

interface Kind {
  readonly name: string;
  readonly dialect: Dialect;
  /** Why there is none; undefined where there is. */
  readonly missing: string | undefined;
  create(): Promise<TestDatabase>;
}

const POSTGRES_URL = process.env.LATCHKEY_TEST_POSTGRES_URL ?? "postgres://postgres@127.0.0.1:5432/test";
const MYSQL_URL = process.env.LATCHKEY_TEST_MYSQL_URL ?? "mysql://root@127.0.0.1:3306";

function newName(): string {
  return `latchkey_cli_${randomBytes(6).toString("hex")}`;
}

function withName(url: string, name: string): string {
  const named = new URL(url);
  named.pathname = `/${name}`;
  return named.href;
}

async function createSqlite(): Promise<TestDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), "latchkey-cli-"));
  const url = `file:${path.join(folder, "app.db")}`;
  return {
    url,
    async query(sql) {
      const client = createClient({ url, timeout: 10_000 });
      const { rows, columns } = await client.execute(sql);
      client.close();
      return rows.map((row) => columns.map((_, index) => row[index]));
    },
    drop: () => rm(folder, { recursive: true }),
  };
}

async function queryPostgres(connectionString: string, text: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3000 });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: "array" })).rows;
  } finally {
    await client.end();
  }
}

async function createPostgres(): Promise<TestDatabase> {
  const name = newName();
  await queryPostgres(POSTGRES_URL, `CREATE DATABASE ${name}`);
  const url = withName(POSTGRES_URL, name);
  return {
    url,
    query: (sql) => queryPostgres(url, sql),
    drop: async () => void (await queryPostgres(POSTGRES_URL, `DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

async function queryMysql(uri: string, sql: string): Promise<unknown[][]> {
  const connection = await mysql.createConnection({ uri, dateStrings: true, connectTimeout: 3000 });
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[][]>({ sql, rowsAsArray: true });
    return Array.isArray(rows) ? rows : [];
  } finally {
    await connection.end();
  }
}

async function createMysql(): Promise<TestDatabase> {
  const name = newName();
  await queryMysql(MYSQL_URL, `CREATE DATABASE ${name}`);
  const url = withName(MYSQL_URL, name);
  return {
    url,
    query: (sql) => queryMysql(url, sql),
    drop: async () => void (await queryMysql(MYSQL_URL, `DROP DATABASE ${name}`)),
  };
}

async function whyMissing(ask: Promise<unknown>): Promise<string | undefined> {
  return ask.then(
    () => undefined,
    (error: Error) => error.message || "no server",
  );
}

const KINDS: readonly Kind[] = [
  { name: "SQLite", dialect: "sqlite", missing: undefined, create: createSqlite },
  {
    name: "PostgreSQL",
    dialect: "postgresql",
    missing: await whyMissing(queryPostgres(POSTGRES_URL, "SELECT 1")),
    create: createPostgres,
  },
  {
    name: "MariaDB",
    dialect: "mysql",
    missing: await whyMissing(queryMysql(MYSQL_URL, "SELECT 1")),
    create: createMysql,
  },
];

/** Tests on every database; those of a server that is not there are skipped by name, and fail where CI promised one. */
export function describeDatabases(
  what: string,
  define: (kind: Kind) => void,
  dialects: readonly Dialect[] = ["sqlite", "postgresql", "mysql"],
): void {
  for (const kind of KINDS.filter(({ dialect }) => dialects.includes(dialect))) {
    const { name, missing } = kind;
    if (missing !== undefined && process.env.CI === "true")
      test(`${name} can be reached`, () => {
        throw new Error(missing);
      });
    else describe.skipIf(missing !== undefined)(`${name}: ${what}`, () => define(kind));
  }
}
