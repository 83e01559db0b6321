/** The adapter suite must see what it is for: each statement of the SQL adapter weakened in one place, and a rule must fail. */
import { createSqlAdapter, createTablesSql } from "@latchkey/core/sql";
import { type AdapterUnderTest, adapterCases, type OpenAdapter, runAdapterCase } from "@latchkey/core/testkit";
import { createClient } from "@libsql/client";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresqlDatabase } from "../../packages/cli/src/drivers/postgresql.js";
import { sqliteDatabase } from "../../packages/cli/src/drivers/sqlite.js";
import { createDatabase, isMissing, type ServerDatabase } from "./databases.js";
import { ANY, type Mutation, oneByOne, replacing, replacingIn, VALUE } from "./statement-mutations.js";

const EVERYWHERE: Record<string, Mutation> = {
  "a renewal does not ask for the generation": replacing(`"updatedAt" = ${VALUE} RETURNING`, `${ANY} RETURNING`),
  "a stranger ends a session": replacing(
    `DELETE FROM "sessions" WHERE "id" = ${VALUE} AND "userId" = ${VALUE}`,
    `DELETE FROM "sessions" WHERE "id" = ${VALUE} AND ${ANY}`,
  ),
  "a code is taken whatever its hash": replacing(`"tokenHash" = ${VALUE} AND "expires" >`, `${ANY} AND "expires" >`),
  "a code is taken at the instant of its end": replacing(/(DELETE FROM "verifications" .*"expires") >/, "$1 >="),
  "the list shows a session at the instant of its end": replacing(/(WHERE "userId" = .{1,4} AND "expires") >/, "$1 >="),
  "what ends now is cleaned up": replacing(`"expires" < ${VALUE}`, `"expires" <= ${VALUE}`),
  "a window never ends": replacing(
    new RegExp(`CASE WHEN "verifications"."expires" > ${VALUE}`, "g"),
    `CASE WHEN "verifications"."expires" IS NOT NULL OR "verifications"."expires" > ${VALUE}`,
  ),
  "the sessions signed in last give way": replacing(
    /"createdAt" DESC, "id" DESC( LIMIT -1)? OFFSET/,
    '"createdAt" ASC, "id" ASC$1 OFFSET',
  ),
  "agents' sessions count": replacing('"agentId" IS NULL', "1 = 1"),
  "one session too many stays": replacing("OFFSET 2", "OFFSET 3"),
  "the session to spare goes, too": replacing(
    `WHERE "userId" = ${VALUE} AND NOT ("id" = ${VALUE}) RETURNING`,
    `WHERE "userId" = ${VALUE} AND "id" IS NOT NULL OR "id" = ${VALUE} RETURNING`,
  ),
  "a user without an account is nobody": replacing("LEFT JOIN", "JOIN"),
  "an account is found whoever's it is at a provider": replacing(
    `a."provider" = ${VALUE} AND a."providerAccountId"`,
    `${ANY} AND a."providerAccountId"`,
  ),
  "a change of a token does not ask for the token": replacing(
    `"refreshToken" = ${VALUE} RETURNING`,
    `${ANY} RETURNING`,
  ),
  "the last account goes": replacing(
    new RegExp(
      `EXISTS \\(SELECT 1 FROM \\(SELECT 1 FROM "accounts" WHERE "userId" = ${VALUE} AND NOT \\("id" = ${VALUE}\\).*`,
    ),
    `${ANY} AND ${ANY}`,
  ),
  "an account of somebody else is another way in": replacing(
    `WHERE "userId" = ${VALUE} AND NOT ("id" = ${VALUE}) LIMIT 1`,
    `WHERE ${ANY} AND NOT ("id" = ${VALUE}) LIMIT 1`,
  ),
  "an account is another way in beside itself": replacing(`NOT ("id" = ${VALUE}) LIMIT 1`, `${ANY} LIMIT 1`),
  "a proof wipes what was proved before": replacing(`"emailVerified" = ${VALUE})`, `${ANY})`),
  "a proof of another address wipes": replacing(
    new RegExp(`"email" = ${VALUE} AND "emailVerified" = ${VALUE}`),
    `${ANY} AND "emailVerified" = ${VALUE}`,
  ),
  "a proof leaves the accounts": replacing(
    `DELETE FROM "accounts" WHERE "userId" = ${VALUE} AND EXISTS`,
    `DELETE FROM "accounts" WHERE "userId" = ${VALUE} AND 1 = 0 AND EXISTS`,
  ),
  "a proof takes everybody's accounts": replacing(
    `DELETE FROM "accounts" WHERE "userId" = ${VALUE} AND EXISTS`,
    `DELETE FROM "accounts" WHERE ${ANY} AND EXISTS`,
  ),
  "a proof ends everybody's sessions": replacing(
    `DELETE FROM "sessions" WHERE "userId" = ${VALUE} AND EXISTS (SELECT 1 FROM "users"`,
    `DELETE FROM "sessions" WHERE ${ANY} AND EXISTS (SELECT 1 FROM "users"`,
  ),
  "a proof leaves the sessions": replacing(
    `DELETE FROM "sessions" WHERE "userId" = ${VALUE} AND EXISTS (SELECT 1 FROM "users"`,
    `DELETE FROM "sessions" WHERE "userId" = ${VALUE} AND 1 = 0 AND EXISTS (SELECT 1 FROM "users"`,
  ),
  "a proof leaves the phone": replacing(
    `"phone" = ${VALUE}, "phoneVerified"`,
    `"phone" = coalesce("phone", ${VALUE}), "phoneVerified"`,
  ),
  "a proof adds its account where the address is another": replacing(
    new RegExp(`(INSERT INTO "accounts" .* FROM "users" WHERE "id" = ${VALUE}) AND "email" = ${VALUE}`),
    `$1 AND ${ANY}`,
  ),
  "a link does not ask for the session": replacing(`AND s."id" = ${VALUE}`, `AND ${ANY}`),
  "a link is made in somebody else's session": replacing(
    's ON s."userId" = u."id" WHERE u."id"',
    's ON 1 = 1 WHERE u."id"',
  ),
  "a link does not ask whether the user is disabled": replacing('u."disabledAt" IS NULL', "1 = 1"),
  "one transaction is many": oneByOne,
};

const ON_SQLITE: Record<string, Mutation> = {
  ...EVERYWHERE,
  "a count goes below zero": replacing("max (0,", "max (-100,"),
  "a session that is there is replaced": replacing('INSERT INTO "sessions"', 'INSERT OR REPLACE INTO "sessions"'),
  "an ended window keeps its hash": replacing(
    new RegExp(`"tokenHash" = CASE WHEN .*? > ${VALUE} THEN .*? END`),
    `"tokenHash" = CASE WHEN ${ANY} THEN "verifications"."tokenHash" END`,
  ),
  "what was to be replaced goes, though the new one was refused": replacing(
    new RegExp(`(AND NOT \\("id" = ${VALUE}\\)) AND EXISTS \\(SELECT 1 FROM "sessions" WHERE "id" = ${VALUE}\\)`),
    `$1 AND ${ANY}`,
  ),
  "the password that was compared may be another by now": replacing(
    new RegExp(
      `WHERE EXISTS \\(SELECT 1 FROM "accounts" WHERE "id" = ${VALUE} AND "userId" = ${VALUE} AND "passwordHash" = ${VALUE}\\)`,
    ),
    `WHERE ${ANY} AND ${ANY} AND ${ANY}`,
  ),
  "the account that led to the user may be gone by now": replacing(
    new RegExp(`WHERE EXISTS \\(SELECT 1 FROM "accounts" WHERE "id" = ${VALUE} AND "userId" = ${VALUE}\\)`),
    `WHERE ${ANY} AND ${ANY}`,
  ),
  "the account that led to the user may be another's": replacing(
    `FROM "accounts" WHERE "id" = ${VALUE} AND "userId" = ${VALUE})`,
    `FROM "accounts" WHERE "id" = ${VALUE} AND ${ANY})`,
  ),
};

const ON_POSTGRESQL: Record<string, Mutation> = {
  "one transaction is many": oneByOne,
  "sign-ins of one user do not take turns": replacing(" FOR NO KEY UPDATE", ""),
  "two accounts of one user can go at once": replacingIn("other_account", " FOR UPDATE", ""),
  "a link does not wait for a proof": replacingIn('"disabledAt" IS NULL', " FOR UPDATE", ""),
  "a change of the password is not waited for": replacing(" FOR SHARE OF a", ""),
  "a count goes below zero": replacing("greatest (0,", "greatest (-100,"),
  "what was to be replaced goes, though the new one was refused": replacing(
    new RegExp(`(AND NOT \\("id" = ${VALUE}\\)) AND EXISTS \\(SELECT 1 FROM added\\)`),
    "$1",
  ),
  "who is too many goes, though the new one was refused": replacing(
    / IN \(SELECT "id" FROM surplus\) AND EXISTS \(SELECT 1 FROM added\)/,
    ' IN (SELECT "id" FROM surplus)',
  ),
};

/** Runs the suite until a rule fails. @returns the name of the rule, or null when all passed */
async function firstFailure(open: OpenAdapter): Promise<string | null> {
  for (const rule of Object.values(adapterCases).flat()) {
    const failed = await runAdapterCase(rule, open).then(
      () => false,
      () => true,
    );
    if (failed) return rule.name;
  }
  return null;
}

async function expectCaught(open: (mutation: Mutation, applied: () => void) => OpenAdapter, mutation: Mutation) {
  let applied = 0;
  const failure = await firstFailure(open(mutation, () => applied++));
  expect(applied, "the mutation must be in a statement that runs").toBeGreaterThan(0);
  expect(failure, "a rule of the suite must fail").not.toBeNull();
}

describe("SQLite: the suite catches it when", () => {
  const openMutant = (mutation: Mutation, applied: () => void) => async (): Promise<AdapterUnderTest> => {
    const client = createClient({ url: ":memory:" });
    for (const statement of createTablesSql("sqlite")) await client.execute(statement);
    const adapter = createSqlAdapter(mutation(sqliteDatabase(client), applied));
    return { adapter, statements: () => 0, close: async () => client.close() };
  };
  test("(nothing is changed, no rule fails)", async () => {
    const failures = await firstFailure(
      openMutant(
        (database) => database,
        () => {},
      ),
    );
    expect(failures).toBeNull();
  });
  test.each(Object.entries(ON_SQLITE))("%s", (_, mutation) => expectCaught(openMutant, mutation));
});

describe.skipIf(await isMissing("PostgreSQL"))("PostgreSQL: the suite catches it when", () => {
  let server: ServerDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    server = await createDatabase("PostgreSQL");
    pool = new pg.Pool({ connectionString: server.url });
    // The database goes before the server has seen every connection off.
    pool.on("error", () => {});
  });
  afterAll(async () => {
    await pool.end();
    await server.drop();
  });
  const openMutant = (mutation: Mutation, applied: () => void) => async (): Promise<AdapterUnderTest> => {
    await server.query("DELETE FROM users; DELETE FROM verifications");
    const adapter = createSqlAdapter(mutation(postgresqlDatabase(pool), applied));
    return { adapter, statements: () => 0, close: async () => {} };
  };
  test.each(Object.entries(ON_POSTGRESQL))("%s", (_, mutation) => expectCaught(openMutant, mutation));
});
