/** The SQLite file. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createTables } from "@latchkey/adapter-drizzle";
import { createClient } from "@libsql/client";
import { drizzle, type LibSQLDatabase } from "drizzle-orm/libsql";

export interface Database {
  db: LibSQLDatabase;
  close(): void;
}

/** Milliseconds to wait for another process that writes, such as a second server that starts at the same time. */
const TIMEOUT = 1000;

/** Opens the database in `file`, and makes file and tables that are not there yet. */
export async function openDatabase(file: string): Promise<Database> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const client = createClient({ url: pathToFileURL(file).href, timeout: TIMEOUT });
  const db = drizzle(client);
  // Whoever reads need not wait for whoever writes.
  await client.execute("PRAGMA journal_mode = WAL");
  await createTables(db);
  return { db, close: () => client.close() };
}
