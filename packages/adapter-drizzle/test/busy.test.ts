/** SQLite beside another writer: patience where the app asked for it, advice where not, and nothing answered that was not done. */
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { expect, onTestFinished, test } from "vitest";
import { DrizzleAdapter } from "../src/index.js";
import { NOW, openFilled, session } from "./calls.js";
import { openFile } from "./sqlite.js";

test("a call that met another writer says what to do, and has done nothing", async () => {
  const { adapter, other } = await openBesideWriter();
  const limit = { max: 1, policy: "evict-oldest" } as const;
  await expect(adapter.createSession(session("session-2"), { limit })).rejects.toThrow("pass `timeout`");
  await other.rollback();
  expect((await adapter.listSessions("user-1", NOW)).map(({ id }) => id)).toEqual(["session-1"]);
});

test("I2: once the database was busy, no revocation is answered that was not committed", async () => {
  const { adapter, other, observer } = await openBesideWriter();
  await expect(adapter.deleteSession({ id: "session-1" })).rejects.toThrow("busy");
  await other.rollback();
  const answered = await adapter.deleteSession({ id: "session-1" }).then(
    () => "gone",
    () => "failed",
  );
  const { rows } = await observer.execute("SELECT id FROM sessions");
  expect(answered).toBe(rows.length === 0 ? "gone" : "failed");
});

/** An adapter whose driver does not wait, and a transaction of another connection that holds the right to write. */
async function openBesideWriter() {
  const { client } = await openFilled(openFile);
  const [file] = (await client.execute("PRAGMA database_list")).rows;
  const impatient = createClient({ url: `file:${file?.file}`, timeout: 0 });
  onTestFinished(() => impatient.close());
  const db = drizzle(impatient);
  return { adapter: DrizzleAdapter(db), other: await client.transaction("write"), observer: client };
}
