/**
 * One instance of an app, in a process of its own: opens the database, says that it is ready, waits for the word and sends one
 * request many times at once. Speaks over the IPC channel of `fork`.
 */
import { once } from "node:events";
import { DrizzleAdapter } from "@latchkey/adapter-drizzle";
import { createAuth } from "@latchkey/core";
import { password } from "@latchkey/providers";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";

/**
 * @typedef {object} Task
 * @property {string} url Of the database
 * @property {string} secret
 * @property {import("@latchkey/core").SessionOptions} session
 * @property {{ url: string, method: string, headers: Record<string, string>, body: string | null }} request
 * @property {number} count
 */

/** @typedef {{ status: number, cookies: string[], body: string }} Told What the instance tells of an answer */

const task = /** @type {Task} */ (await nextMessage());
// Milliseconds; without it a process does not wait for its turn to write.
const client = createClient({ url: task.url, timeout: 5000 });
const auth = createAuth({
  secret: task.secret,
  adapter: DrizzleAdapter(drizzle(client)),
  provider: password({ argon2: { memoryCost: 7168, timeCost: 5 } }),
  session: task.session,
  rateLimit: { perIp: 1_000_000 },
});

// Listens before it tells, so that no word is missed.
const go = nextMessage();
await tell("ready");
await go;
const answers = await Promise.all(Array.from({ length: task.count }, () => ask(task.request)));
client.close();
const done = nextMessage();
await tell({ answers });
await done;
process.disconnect();

/**
 * @param {Task["request"]} request
 * @returns {Promise<Told>}
 */
async function ask({ url, method, headers, body }) {
  const answer = await auth.handler(new Request(url, { method, headers, body }));
  return { status: answer.status, cookies: answer.headers.getSetCookie(), body: await answer.text() };
}

/** @returns {Promise<unknown>} */
async function nextMessage() {
  const [message] = await once(process, "message");
  return message;
}

/** @param {unknown} message */
function tell(message) {
  return new Promise((resolve) => process.send?.(message, resolve));
}
