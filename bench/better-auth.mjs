/** better-auth on the same server with the same ORM: its `getSession`, without the cookie that caches the session. */
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { prismaAdapter } from "better-auth/adapters/prisma";
import { getMigrations } from "better-auth/db/migration";
import { drizzle } from "drizzle-orm/node-postgres";
import * as schema from "./better-auth-tables.mjs";
import { openPrisma } from "./prisma.mjs";

const secret = crypto.randomUUID() + crypto.randomUUID();

/**
 * Fills its own tables with users, each with a session, and gives what reads the last one.
 *
 * @param {import("pg").Pool} pool
 * @param {number} users
 */
export async function betterAuthOnDrizzle(pool, users) {
  const database = drizzleAdapter(drizzle(pool, { schema }), { provider: "pg", schema });
  return readersOf(pool, database, users);
}

/** {@link betterAuthOnDrizzle} through Prisma. @param {import("pg").Pool} pool @param {string} url @param {number} users */
export async function betterAuthOnPrisma(pool, url, users) {
  const { prisma } = openPrisma("better-auth", url);
  const readers = await readersOf(pool, prismaAdapter(prisma, { provider: "postgresql" }), users);
  return { ...readers, close: () => prisma.$disconnect() };
}

/**
 * @param {import("pg").Pool} pool
 * @param {import("better-auth").BetterAuthOptions["database"]} database
 * @param {number} users
 */
async function readersOf(pool, database, users) {
  await (await getMigrations({ database: pool })).runMigrations();
  const asInstalled = open(database, false);
  const headers = await signInUsers(asInstalled, users);
  const withJoins = open(database, true);
  return {
    asInstalled: () => asInstalled.api.getSession({ headers }),
    withJoins: () => withJoins.api.getSession({ headers }),
  };
}

/**
 * @param {import("better-auth").BetterAuthOptions["database"]} database
 * @param {boolean} joins whether it reads session and user by one query; by two unless asked; Prisma sends two all the same
 */
function open(database, joins) {
  return betterAuth({
    secret,
    baseURL: "https://app.example.com",
    database,
    emailAndPassword: { enabled: true },
    advanced: { database: { joins } },
    telemetry: { enabled: false },
  });
}

/** @returns {Promise<Headers>} with the cookie of the last user */
async function signInUsers(auth, users) {
  const { internalAdapter } = await auth.$context;
  for (let index = 1; index < users; index++) {
    const { id } = await internalAdapter.createUser({ email: `user${index}@example.com`, name: "John Doe" });
    await internalAdapter.createSession(id);
  }
  const { headers } = await auth.api.signUpEmail({
    body: { email: "user@example.com", name: "John Doe", password: crypto.randomUUID() },
    returnHeaders: true,
  });
  const [cookie] = headers.getSetCookie();
  return new Headers({ cookie: cookie?.split(";", 1)[0] ?? "" });
}
