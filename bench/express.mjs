/** Express `GET /me` with a JWT session against the same app without any auth, in requests per second. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createSessionCookie } from "@latchkey/core";
import autocannon from "autocannon";
import { median } from "./interleave.mjs";

const ROUNDS = 9;
const SECONDS = 3;
const secret = crypto.randomUUID() + crypto.randomUUID();
const user = { id: "user-123", email: "user@example.com", name: "John Doe" };
const cookie = createSessionCookie({ user, expires: new Date(Date.now() + 86_400_000) }, secret).split(";", 1)[0] ?? "";

/** @returns {Promise<import("./run.mjs").Row[]>} */
export async function expressApp() {
  const servers = { "without auth": start("bare"), latchkey: start("latchkey") };
  try {
    const rates = await inTurn({
      "without auth": await urlOf(servers["without auth"]),
      latchkey: await urlOf(servers.latchkey),
    });
    // Ratios of neighbouring runs: the load of the machine changes more slowly than they take turns.
    const ratio = median(rates.latchkey.map((rate, round) => rate / (rates["without auth"][round] ?? Number.NaN)));
    const times = { "without auth": 1e6 / median(rates["without auth"]), latchkey: 1e6 / median(rates.latchkey) };
    return [
      {
        what: "Express `GET /me` with a JWT session, of the requests per second without auth",
        ratio,
        target: "≥ 0.93",
        met: (r) => r >= 0.93,
        times,
      },
    ];
  } finally {
    for (const server of Object.values(servers)) server.disconnect();
  }
}

/** @param {string} kind */
function start(kind) {
  return fork(fileURLToPath(new URL("express-server.mjs", import.meta.url)), [kind, secret], {
    env: { ...process.env, NODE_ENV: "production" },
  });
}

/** @param {import("node:child_process").ChildProcess} server */
async function urlOf(server) {
  const [{ port }] = await once(server, "message");
  return `http://127.0.0.1:${port}/me`;
}

/** @param {Record<string, string>} urls */
async function inTurn(urls) {
  /** @type {Record<string, number[]>} */
  const rates = Object.fromEntries(Object.keys(urls).map((name) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, url] of Object.entries(urls)) {
      const result = await autocannon({ url, connections: 16, duration: SECONDS, headers: { cookie } });
      if (result.non2xx > 0 || result.errors > 0)
        throw new Error(`${name}: ${result.non2xx} wrong answers, ${result.errors} errors`);
      if (round >= 0) rates[name]?.push(result.requests.average);
    }
  }
  return rates;
}
