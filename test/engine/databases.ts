/** The databases that the engine is tried on, opened empty. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createTables, DrizzleAdapter } from "@latchkey/adapter-drizzle";
import type { Adapter } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";

/** Milliseconds that a process waits for its turn to write; the processes of a race all write at once. */
const BUSY_TIMEOUT = 5000;

export interface Database {
  adapter: Adapter;
  /** What another process opens; null where no other can. */
  url: string | null;
  close(): void;
}

export const DATABASES = { memory: openMemory, SQLite: openSqlite } as const;
export type DatabaseName = keyof typeof DATABASES;

async function openMemory(): Promise<Database> {
  return { adapter: memoryAdapter(), url: null, close: () => {} };
}

/** A database in a file of its own. */
export async function openSqlite(): Promise<Database & { url: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), "latchkey-engine-"));
  const url = `file:${path.join(folder, "test.db")}`;
  const client = createClient({ url, timeout: BUSY_TIMEOUT });
  const db = drizzle(client);
  await createTables(db);
  return {
    adapter: DrizzleAdapter(db),
    url,
    close() {
      client.close();
      rmSync(folder, { recursive: true });
    },
  };
}
