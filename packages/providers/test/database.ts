/** SQLite databases in files of their own, and what the driver is asked. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTables, DrizzleAdapter } from "@latchkey/adapter-drizzle";
import type { Adapter } from "@latchkey/core";
import { type Client, createClient, type InStatement } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { onTestFinished } from "vitest";

export interface Database {
  /** An adapter with a connection of its own, as each process has. */
  connect(asked?: Asked): Adapter;
  close(): void;
}

/** What a connection asked the database. */
export interface Asked {
  /** The statements, as `"INSERT users"`. */
  statements: string[];
  /** How often it asked: statements that are one transaction are sent at once. */
  roundTrips: number;
}

export async function openDatabase(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-password-"));
  const clients: Client[] = [];
  const open = (asked?: Asked) => {
    const client = createClient({ url: `file:${join(folder, "test.db")}`, timeout: 10_000 });
    clients.push(client);
    return drizzle(asked === undefined ? client : listening(client, asked));
  };
  await createTables(open());
  return {
    connect: (asked) => DrizzleAdapter(open(asked)),
    close() {
      for (const client of clients) client.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** One that is gone when the test is over. */
export async function openTestDatabase(): Promise<Database> {
  const database = await openDatabase();
  onTestFinished(() => database.close());
  return database;
}

function listening(client: Client, asked: Asked): Client {
  const note = (statements: readonly unknown[]) => {
    asked.roundTrips++;
    asked.statements.push(...statements.map((statement) => nameOf(statement as InStatement)));
  };
  return new Proxy(client, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return (first: unknown, ...rest: unknown[]) => {
        if (name === "execute") note([first]);
        else if (name === "batch") note(first as unknown[]);
        else throw new Error(`the driver was asked for ${String(name)}, which is not counted`);
        return method.call(target, first, ...rest);
      };
    },
  });
}

/** The verb and the table that it is about. */
function nameOf(statement: InStatement): string {
  const text = typeof statement === "string" ? statement : statement.sql;
  const [, verb, table] =
    /^\s*(SELECT|INSERT|UPDATE|DELETE)\b.*?\b(users|sessions|accounts|verifications)\b["`]?(?!["`]?\.)/is.exec(text) ??
    [];
  return `${verb} ${table}`;
}
