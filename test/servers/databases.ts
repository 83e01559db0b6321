/** Databases on the servers of the machine, made for a test and removed after it. */
import { createTablesSql } from "@latchkey/core/sql";
import mysql from "mysql2/promise";
import pg from "pg";

export type ServerName = "PostgreSQL" | "MariaDB";
export const SERVERS: readonly ServerName[] = ["PostgreSQL", "MariaDB"];

export interface ServerDatabase {
  server: ServerName;
  url: string;
  /** Runs a statement that is not the adapter's. @returns the rows */
  query(text: string): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** A connection for statements that are not the adapter's. */
interface Console {
  query(text: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

interface Server {
  url: string;
  dialect: "postgresql" | "mysql";
  open(url: string): Promise<Console>;
  drop: (name: string) => string;
}

const SERVER: Record<ServerName, Server> = {
  PostgreSQL: {
    url: process.env.LATCHKEY_TEST_POSTGRES_URL ?? "postgres://postgres@127.0.0.1:5432/test",
    dialect: "postgresql",
    open: openPostgres,
    drop: (name) => `DROP DATABASE ${name} WITH (FORCE)`,
  },
  MariaDB: {
    url: process.env.LATCHKEY_TEST_MYSQL_URL ?? "mysql://root@127.0.0.1:3306",
    dialect: "mysql",
    open: openMysql,
    drop: (name) => `DROP DATABASE ${name}`,
  },
};

/** Opens a connection for statements that are not the adapter's. */
export function openConsole(server: ServerName, url: string): Promise<Console> {
  return SERVER[server].open(url);
}

/** True where the tests of a server are to be skipped: it does not answer, and this is not CI, where that is a failure. */
export async function isMissing(server: ServerName): Promise<boolean> {
  if (process.env.CI) return false;
  const { open, url } = SERVER[server];
  try {
    await (await open(url)).close();
    return false;
  } catch {
    return true;
  }
}

/** @returns an empty database with Latchkey's tables */
export async function createDatabase(server: ServerName): Promise<ServerDatabase> {
  const { url, open, dialect, drop } = SERVER[server];
  const name = `latchkey_${Math.random().toString(36).slice(2)}`;
  const admin = await open(url);
  await admin.query(`CREATE DATABASE ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  if (server === "PostgreSQL") await admin.query(`ALTER DATABASE ${name} SET deadlock_timeout = '20ms'`);
  const inside = await open(own.href);
  for (const statement of createTablesSql(dialect)) await inside.query(statement);

  return {
    server,
    url: own.href,
    query: inside.query,
    async drop() {
      await inside.close();
      await admin.query(drop(name));
      await admin.close();
    },
  };
}

/** Latchkey's tables in a PostgreSQL that is there already and empty. */
export async function createPostgresTables(url: string): Promise<void> {
  const { query, close } = await openPostgres(url);
  for (const statement of createTablesSql("postgresql")) await query(statement);
  await close();
}

async function openPostgres(url: string): Promise<Console> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return { query: async (text) => (await client.query(text)).rows, close: () => client.end() };
}

async function openMysql(url: string): Promise<Console> {
  const connection = await mysql.createConnection(url);
  const query = async (text: string) => (await connection.query(text))[0] as Record<string, unknown>[];
  return { query, close: () => connection.end() };
}
