/** Reading a database session on SQLite: `getSession` against the same prepared join by hand, with the same driver. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTables, DrizzleAdapter } from "@latchkey/adapter-drizzle";
import { createAuth } from "@latchkey/core";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { interleave } from "./interleave.mjs";
import { JOIN } from "./join.mjs";
import { signInUsers, tokenOf } from "./users.mjs";

const USERS = 1000;

/** @returns {Promise<import("./run.mjs").Row[]>} */
export async function database() {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const client = createClient({ url: `file:${join(folder, "bench.db")}` });
  try {
    return await measure(client);
  } finally {
    client.close();
    rmSync(folder, { recursive: true });
  }
}

/** @param {import("@libsql/client").Client} client */
async function measure(client) {
  const db = drizzle(client);
  await createTables(db);
  const adapter = DrizzleAdapter(db);
  const auth = createAuth({ secret: crypto.randomUUID() + crypto.randomUUID(), adapter });
  const request = (await signInUsers(auth, adapter, USERS)).at(-1);
  if (request === undefined) throw new Error("nobody signed in");
  const token = tokenOf(request);

  const text = `${JOIN}?`;
  const byHand = async () => {
    const hash = createHash("sha256").update(token).digest("base64url");
    const { rows } = await client.execute({ sql: text, args: [hash] });
    return rows[0];
  };
  if ((await byHand()) === undefined || (await auth.getSession(request)) === null)
    throw new Error("the session does not read");
  const times = await interleave(
    { "by hand": byHand, latchkey: () => auth.getSession(request) },
    { rounds: 31, calls: 1000 },
  );
  return [
    {
      what: "database read on SQLite, of the same join by hand",
      ratio: times.latchkey / times["by hand"],
      target: "≤ 1.3",
      met: (r) => r <= 1.3,
      times,
    },
  ];
}
