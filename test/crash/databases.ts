/** The databases that instances die on, each made for a test and removed after it, and SQL about them as the oracle. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createTablesSql } from "@latchkey/core/sql";
import { createClient } from "@libsql/client";
import { openSqlite } from "../engine/databases.js";
import { createDatabase, type ServerName } from "../servers/databases.js";
import type { Target } from "./driver.js";

export interface CrashDatabase {
  target: Target;
  /** Runs a statement that is not the adapter's; names stand in double quotes. @returns the rows */
  query(text: string): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

export interface DatabaseKind {
  name: string;
  /** The server that it needs. */
  server?: ServerName;
  create(): Promise<CrashDatabase>;
}

/** Milliseconds that a statement waits for its turn at a file. */
const BUSY_TIMEOUT = 4000;

export const SQLITE: DatabaseKind = { name: "SQLite", create: createSqlite };
export const POSTGRESQL: DatabaseKind = { name: "PostgreSQL", server: "PostgreSQL", create: createPostgres };
export const MARIADB: DatabaseKind = { name: "MariaDB", server: "MariaDB", create: createMariadb };
export const PRISMA: DatabaseKind = { name: "PostgreSQL through Prisma", server: "PostgreSQL", create: createPrisma };

async function createSqlite(): Promise<CrashDatabase> {
  const { url, close } = await openSqlite();
  const client = createClient({ url, timeout: BUSY_TIMEOUT });
  return {
    target: { driver: "libsql", url },
    query: async (text) => (await client.execute(text)).rows.map((row) => ({ ...row })),
    async drop() {
      client.close();
      close();
    },
  };
}

async function createPostgres(): Promise<CrashDatabase> {
  const { url, query, drop } = await createDatabase("PostgreSQL");
  return { target: { driver: "pg", url }, query: inTurn(query), drop };
}

async function createMariadb(): Promise<CrashDatabase> {
  const { url, query, drop } = await createDatabase("MariaDB");
  await query("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')");
  return { target: { driver: "mysql2", url }, query, drop };
}

/** With the column types that Prisma gives its tables. */
async function createPrisma(): Promise<CrashDatabase> {
  // Only here: it needs what the other databases do without.
  const { generateClients } = await import("../../packages/adapter-prisma/test/generate.mjs");
  await generateClients();
  const { url, query, drop } = await createDatabase("PostgreSQL");
  await query("DROP TABLE users, sessions, accounts, verifications");
  for (const statement of createTablesSql("postgresql", "prisma")) await query(statement);
  const folder = path.join(import.meta.dirname, "../../packages/adapter-prisma/.generated/postgresql/client");
  const client = pathToFileURL(path.join(folder, "client.js")).href;
  return { target: { driver: "prisma", url, client }, query: inTurn(query), drop };
}

/** One connection of `pg` takes one statement at a time. */
function inTurn<T>(query: (text: string) => Promise<T>): (text: string) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (text) => {
    const next = last.then(() => query(text));
    last = next.catch(() => {});
    return next;
  };
}
