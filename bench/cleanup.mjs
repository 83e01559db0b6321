/**
 * Removing a million expired sessions on PostgreSQL while an app reads: what its readers feel of one cleaner, and what two that
 * start at once do more than one.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createTables, DrizzleAdapter } from "@latchkey/adapter-drizzle";
import { createAuth } from "@latchkey/core";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { withDatabase } from "./postgresql-database.mjs";
import { signInUsers } from "./users.mjs";

const USERS = 1000;
const EXPIRED = 1_000_000;
const READS_PER_SECOND = 200;
/** Before anything is measured: connections are opened and code is compiled. */
const WARM_UP_SECONDS = 10;
const IDLE_SECONDS = 30;

/** A reader asks for a session; it throws when there is none. @typedef {() => Promise<void>} Reader */

/** @returns {Promise<import("./run.mjs").Row[]>} */
export function cleanup() {
  return withDatabase(async (url) => {
    const pool = new pg.Pool({ connectionString: url });
    try {
      return await measure(pool, url);
    } finally {
      await pool.end();
    }
  });
}

/** @param {pg.Pool} pool @param {string} url @returns {Promise<import("./run.mjs").Row[]>} */
async function measure(pool, url) {
  const read = await readerOn(pool);
  await fill(pool);
  await readFor(read, WARM_UP_SECONDS);
  const idle = await readFor(read, IDLE_SECONDS);
  const one = await clean(pool, url, read, 1);
  await fill(pool);
  const two = await clean(pool, url, read, 2);
  const seconds = ({ ended }) =>
    ended.map((cleaner) => `${cleaner.removed} in ${cleaner.seconds.toFixed(1)} s`).join(", ");
  return [
    {
      what: "p99 of reads while one cleaner works, of their p99 before",
      ratio: percentile(one.reads, 99) / percentile(idle, 99),
      target: "≤ 2",
      met: (r) => r <= 2,
      details: `before ${spread(idle)}; meanwhile ${spread(one.reads)}; removed ${seconds(one)}`,
    },
    {
      what: "expired sessions that two cleaners at once look at, of those that one does",
      ratio: two.visited / one.visited,
      target: "≤ 1.1",
      met: (r) => r <= 1.1,
      details: `one ${one.visited}, two ${two.visited}; removed ${seconds(two)}; reads meanwhile ${spread(two.reads)}`,
    },
  ];
}

/** @param {pg.Pool} pool @returns {Promise<Reader>} reads the live session of any user */
async function readerOn(pool) {
  const db = drizzle(pool);
  await createTables(db);
  const adapter = DrizzleAdapter(db);
  const auth = createAuth({ secret: crypto.randomUUID() + crypto.randomUUID(), adapter });
  const requests = await signInUsers(auth, adapter, USERS);
  return async () => {
    const request = /** @type {Request} */ (requests[Math.floor(Math.random() * requests.length)]);
    if ((await auth.getSession(request)) === null) throw new Error("a live session was removed");
  };
}

/** Sessions of the same users, that expired within the last month. @param {pg.Pool} pool */
async function fill(pool) {
  await pool.query(
    `INSERT INTO sessions ("id", "tokenHash", "userId", "type", "expires", "absoluteExpires", "authenticatedAt",
       "userAgent", "data", "createdAt", "updatedAt")
     SELECT gen_random_uuid(), gen_random_uuid(), 'u' || n % $1, 'password', past, past, past - interval '30 days',
       'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36', '{}', past - interval '30 days', past - interval '30 days'
     FROM (SELECT n, now() - random() * interval '30 days' - interval '1 minute' AS past FROM generate_series(1, $2) n) AS old`,
    [USERS, EXPIRED],
  );
  // What the server does of its own accord after a load of this size is done before anything is measured.
  await pool.query("VACUUM ANALYZE sessions");
  await pool.query("CHECKPOINT");
}

/**
 * Lets cleaners loose, each a process of its own, and reads until all have ended.
 *
 * @param {pg.Pool} pool
 * @param {string} url
 * @param {Reader} read
 * @param {number} count
 */
async function clean(pool, url, read, count) {
  const cleaners = Array.from({ length: count }, () =>
    fork(fileURLToPath(new URL("cleaner.mjs", import.meta.url)), [url]),
  );
  await Promise.all(cleaners.map((cleaner) => once(cleaner, "message")));
  const visitedBefore = await entriesVisited(pool);
  const ends = Promise.all(cleaners.map(endOf));
  for (const cleaner of cleaners) cleaner.send("start");
  const reads = await readUntil(read, ends);
  const ended = await ends;
  await requireClean(pool, ended);
  return { reads, ended, visited: (await entriesVisited(pool)) - visitedBefore };
}

/** @param {import("node:child_process").ChildProcess} cleaner @returns {Promise<{ removed: number, seconds: number }>} */
async function endOf(cleaner) {
  const ended = once(cleaner, "exit");
  const [answer] = await Promise.race([
    once(cleaner, "message"),
    ended.then(([code]) => Promise.reject(new Error(`a cleaner ended with ${code}`))),
  ]);
  await ended;
  return answer;
}

/** @param {pg.Pool} pool @param {{ removed: number }[]} ended */
async function requireClean(pool, ended) {
  const removed = ended.reduce((sum, cleaner) => sum + cleaner.removed, 0);
  const { rows } = await pool.query("SELECT count(*)::int AS left FROM sessions");
  if (removed !== EXPIRED || rows[0].left !== USERS) throw new Error(`removed ${removed}, ${rows[0].left} are left`);
}

/** Entries of the index by expiry that scans have met. Cleaners alone scan it, and report when they end. @param {pg.Pool} pool */
async function entriesVisited(pool) {
  const { rows } = await pool.query(
    "SELECT idx_tup_read AS entries FROM pg_stat_user_indexes WHERE indexrelname = 'sessions_expires_idx'",
  );
  return Number(rows[0].entries);
}

/** @param {Reader} read @param {number} seconds */
function readFor(read, seconds) {
  return readUntil(read, new Promise((resolve) => setTimeout(resolve, seconds * 1000)));
}

/**
 * Reads at a fixed rate, whether or not earlier reads have ended: a reader that waits would hide that it has to wait.
 *
 * @param {Reader} read
 * @param {Promise<unknown>} end
 * @returns {Promise<number[]>} milliseconds that each read took
 */
async function readUntil(read, end) {
  let isOver = false;
  const over = end.finally(() => {
    isOver = true;
  });
  const times = [];
  const start = performance.now();
  const pending = [];
  for (let count = 0; !isOver; count++) {
    const wait = start + (count * 1000) / READS_PER_SECOND - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const asked = performance.now();
    pending.push(read().then(() => times.push(performance.now() - asked)));
  }
  await Promise.all([over, ...pending]);
  return times;
}

/** @param {number[]} times */
function spread(times) {
  const [middle, high] = [50, 99].map((part) => percentile(times, part).toFixed(2));
  return `${times.length} reads, median ${middle} ms, p99 ${high} ms`;
}

/** @param {number[]} values @param {number} part percent of them that are less */
function percentile(values, part) {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length * part) / 100)] ?? Number.NaN;
}
