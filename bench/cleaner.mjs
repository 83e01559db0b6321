/** One cleaner of `cleanup.mjs`: removes what has expired as a job of the app would, and tells how many and how long it took. */
import { DrizzleAdapter } from "@latchkey/adapter-drizzle";
import { createAuth } from "@latchkey/core";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.argv[2] });
const auth = createAuth({
  secret: crypto.randomUUID() + crypto.randomUUID(),
  adapter: DrizzleAdapter(drizzle(pool)),
});
await pool.query("SELECT 1");
process.send?.("ready");
process.once("message", async () => {
  const start = performance.now();
  const removed = await auth.sessions.deleteExpired();
  const seconds = (performance.now() - start) / 1000;
  await pool.end();
  process.send?.({ removed, seconds }, () => process.disconnect());
});
