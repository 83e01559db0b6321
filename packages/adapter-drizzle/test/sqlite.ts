/** SQLite databases for the tests: libsql in memory and in a file, better-sqlite3 in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, type InStatement } from "@libsql/client";
import { type BetterSQLite3Database, drizzle as drizzleBetter } from "drizzle-orm/better-sqlite3";
import { drizzle, type LibSQLDatabase } from "drizzle-orm/libsql";
import { createTables, DrizzleAdapter } from "../src/index.js";
import { record, type Sent, type Target, type TestDatabase, whyNot } from "./database.js";

/** Milliseconds that a connection waits for another process to finish writing. */
const TIMEOUT = 10_000;

export interface LibsqlTestDatabase extends TestDatabase<LibSQLDatabase> {
  client: Client;
}

/** @param url `file:` or `:memory:` */
async function openLibsql(url: string, cleanUp: () => void = () => {}): Promise<LibsqlTestDatabase> {
  const client = createClient({ url, timeout: TIMEOUT });
  const rows = async (sql: string, args: unknown[] = []) => [...(await execute({ sql, args: args as string[] })).rows];
  const execute = client.execute.bind(client) as (statement: InStatement) => ReturnType<Client["execute"]>;
  const db = drizzle(client);
  await createTables(db);
  const sent: Sent[] = [];
  record(client, "execute", (statement) => sent.push(statement as Sent));
  record(client, "batch", (statements) => sent.push(...(statements as Sent[])));
  const close = async () => {
    client.close();
    cleanUp();
  };
  return { adapter: DrizzleAdapter(db), statements: () => sent.length, close, client, db, sent, rows };
}

function openMemory(): Promise<LibsqlTestDatabase> {
  return openLibsql(":memory:");
}

export function openFile(): Promise<LibsqlTestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-sqlite-"));
  return openLibsql(`file:${join(folder, "test.db")}`, () => rmSync(folder, { recursive: true }));
}

export const libsqlMemory: Target<LibSQLDatabase> = { name: "libsql, :memory:", missing: null, open: openMemory };
export const libsqlFile: Target<LibSQLDatabase> = { name: "libsql, file", missing: null, open: openFile };

/** It is compiled where it is installed, which not every machine can. */
export const betterSqlite: Target<BetterSQLite3Database> = {
  name: "better-sqlite3",
  missing: await whyNot(async () => new (await import("better-sqlite3")).default(":memory:").close()),
  async open() {
    const { default: Database } = await import("better-sqlite3");
    const client = new Database(":memory:");
    const prepare = client.prepare.bind(client);
    const db = drizzleBetter(client);
    await createTables(db);
    const sent: Sent[] = [];
    record(client, "prepare", (sql) => sent.push({ sql: String(sql), args: [] }));
    const rows = async (sql: string, args: unknown[] = []) => {
      const statement = prepare<unknown[], Record<string, unknown>>(sql);
      if (statement.reader) return statement.all(...args);
      statement.run(...args);
      return [];
    };
    const close = async () => {
      client.close();
    };
    return { adapter: DrizzleAdapter(db), statements: () => sent.length, close, db, sent, rows };
  },
};
