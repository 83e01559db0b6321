/** A process of its own that signs a user in many times at once. Arguments: file, prefix of ids, count, policy. */
import { DrizzleAdapter } from "@latchkey/adapter-drizzle";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";

const [file, prefix, count, policy] = process.argv.slice(2);
const client = createClient({ url: `file:${file}`, timeout: 10_000 });
const adapter = DrizzleAdapter(drizzle(client));
const now = new Date("2026-03-01T12:00:00.123Z");
const expires = new Date("2026-03-02T12:00:00.000Z");

/** @returns {import("@latchkey/core").NewSession} */
function session(id) {
  const empty = { ipAddress: null, userAgent: null, parentId: null, agentId: null, scopes: null, data: {} };
  const times = { expires, absoluteExpires: expires, authenticatedAt: now, createdAt: now, updatedAt: now };
  return { id, tokenHash: `hash-${id}`, userId: "user-1", type: "password", ...empty, ...times };
}

process.send("ready");
process.once("message", async () => {
  const limit = { max: 3, policy };
  const calls = Array.from({ length: Number(count) }, (_, i) =>
    adapter.createSession(session(`${prefix}-${i}`), { limit }),
  );
  const results = await Promise.allSettled(calls);
  const errors = results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
  const created = results.filter((result) => result.status === "fulfilled" && result.value !== null).length;
  process.send({ errors, created }, () => {
    client.close();
    process.disconnect();
  });
});
