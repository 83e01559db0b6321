/** SQLite databases for the tests, with a count of what the driver is sent. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdapterUnderTest } from "@latchkey/core/testkit";
import { type Client, createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { createTables, DrizzleAdapter } from "../src/index.js";

/** Milliseconds that a connection waits for another process to finish writing. */
const TIMEOUT = 10_000;

export interface TestDatabase extends AdapterUnderTest {
  client: Client;
  db: ReturnType<typeof drizzle>;
  /** Statements as the driver was sent them since the tables were there. */
  sent: { sql: string; args: unknown }[];
}

/** @param url `file:` or `:memory:` */
async function openDatabase(url: string, cleanUp: () => void = () => {}): Promise<TestDatabase> {
  const client = createClient({ url, timeout: TIMEOUT });
  const db = drizzle(client);
  await createTables(db);
  const sent = recordStatements(client);
  const close = async () => {
    client.close();
    cleanUp();
  };
  return { adapter: DrizzleAdapter(db), statements: () => sent.length, close, client, db, sent };
}

export function openMemory(): Promise<TestDatabase> {
  return openDatabase(":memory:");
}

export function openFile(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-sqlite-"));
  return openDatabase(`file:${join(folder, "test.db")}`, () => rmSync(folder, { recursive: true }));
}

function recordStatements(client: Client): TestDatabase["sent"] {
  const sent: TestDatabase["sent"] = [];
  const { execute, batch } = client;
  client.execute = (...args: unknown[]) => {
    sent.push(args[0] as TestDatabase["sent"][number]);
    return Reflect.apply(execute, client, args);
  };
  client.batch = (...args: Parameters<Client["batch"]>) => {
    sent.push(...(args[0] as TestDatabase["sent"]));
    return Reflect.apply(batch, client, args);
  };
  return sent;
}
