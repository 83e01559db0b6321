/**
 * Reading a database session on PostgreSQL: `getSession` against the same join by hand with the same driver, and against
 * better-auth on the same server with the same ORM.
 */
import { createHash } from "node:crypto";
import { createTables, DrizzleAdapter } from "@latchkey/adapter-drizzle";
import { PrismaAdapter } from "@latchkey/adapter-prisma";
import { createAuth } from "@latchkey/core";
import { createTablesSql } from "@latchkey/core/sql";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { betterAuthOnDrizzle, betterAuthOnPrisma } from "./better-auth.mjs";
import { interleave } from "./interleave.mjs";
import { JOIN } from "./join.mjs";
import { withDatabase } from "./postgresql-database.mjs";
import { openPrisma } from "./prisma.mjs";
import { signInUsers, tokenOf } from "./users.mjs";

const USERS = 1000;
// Short turns: what else a machine does comes and goes within a second.
const SIZE = { rounds: 101, calls: 100 };

/** @returns {Promise<import("./run.mjs").Row[]>} */
export async function postgresql() {
  return [...(await withDatabase(onDrizzle)), ...(await withDatabase(onPrisma))];
}

/** @param {string} connectionString */
async function onDrizzle(connectionString) {
  const pool = new pg.Pool({ connectionString });
  try {
    const db = drizzle(pool);
    await createTables(db);
    const { token, read } = await signedIn(DrizzleAdapter(db));
    const betterAuth = await betterAuthOnDrizzle(pool, USERS);
    await pool.query("ANALYZE");
    const text = `${JOIN}$1`;
    const times = await compare({
      "by hand": async () => (await db.execute(sql`${sql.raw(JOIN)}${hashOf(token)}`)).rows[0],
      latchkey: read,
      "pg alone": async () => (await pool.query(text, [hashOf(token)])).rows[0],
      "better-auth": betterAuth.asInstalled,
      "better-auth with joins": betterAuth.withJoins,
    });
    const ratio = times["better-auth with joins"] / times.latchkey;
    return [...rowsOf("Drizzle", times), { what: "the same with `advanced.database.joins`", ratio }];
  } finally {
    await pool.end();
  }
}

/** @param {string} connectionString */
async function onPrisma(connectionString) {
  const pool = new pg.Pool({ connectionString });
  const { prisma, sql } = openPrisma("latchkey", connectionString);
  let betterAuth;
  try {
    for (const statement of createTablesSql("postgresql", "prisma")) await pool.query(statement);
    const { token, read } = await signedIn(PrismaAdapter(prisma));
    betterAuth = await betterAuthOnPrisma(pool, connectionString, USERS);
    await pool.query("ANALYZE");
    const byModel = async () =>
      await prisma.session.findUnique({ where: { tokenHash: hashOf(token) }, include: { user: true } });
    const times = await compare({
      "by hand": async () => (await prisma.$queryRaw(sql([JOIN, ""], hashOf(token))))[0],
      latchkey: read,
      findUnique: byModel,
      "better-auth": betterAuth.asInstalled,
    });
    return rowsOf("Prisma", times);
  } finally {
    await Promise.all([prisma.$disconnect(), betterAuth?.close(), pool.end()]);
  }
}

/** @param {import("@latchkey/core").Adapter} adapter */
async function signedIn(adapter) {
  const auth = createAuth({ secret: crypto.randomUUID() + crypto.randomUUID(), adapter });
  const request = (await signInUsers(auth, adapter, USERS)).at(-1);
  if (request === undefined) throw new Error("nobody signed in");
  return { token: tokenOf(request), read: () => auth.getSession(request) };
}

/** @param {string} token */
function hashOf(token) {
  return createHash("sha256").update(token).digest("base64url");
}

/** @param {Record<string, () => Promise<unknown>>} readers each reads a session that is there */
async function compare(readers) {
  for (const [name, read] of Object.entries(readers)) {
    if (((await read()) ?? null) === null) throw new Error(`${name}: the session does not read`);
  }
  return interleave(readers, SIZE);
}

/** @param {string} orm @param {Record<string, number>} times @returns {import("./run.mjs").Row[]} */
function rowsOf(orm, times) {
  return [
    {
      what: `database read on PostgreSQL with ${orm}, of the same join by hand`,
      ratio: times.latchkey / times["by hand"],
      target: "≤ 1.25",
      met: (r) => r <= 1.25,
      times,
    },
    { what: `better-auth's \`getSession\` with ${orm}, of Latchkey's`, ratio: times["better-auth"] / times.latchkey },
  ];
}
