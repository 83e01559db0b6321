/** The adapter suite must see what it is for: each statement of the SQL adapter weakened in one place, and a rule must fail. */
import { createSqlAdapter, createTablesSql, type SqlDatabase, type Statement } from "@latchkey/core/sql";
import { type AdapterUnderTest, adapterCases, type OpenAdapter, runAdapterCase } from "@latchkey/core/testkit";
import { createClient } from "@libsql/client";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresqlDatabase } from "../../packages/cli/src/drivers/postgresql.js";
import { sqliteDatabase } from "../../packages/cli/src/drivers/sqlite.js";
import { createDatabase, isMissing, type ServerDatabase } from "./databases.js";

/** Stands for a value in the text of a statement. */
const VALUE = "\u0001";
/** Takes the value and is always true. */
const ANY = `${VALUE} IS NOT NULL`;

type Mutation = (database: SqlDatabase, applied: () => void) => SqlDatabase;

/** Replaces text in every statement that has it. The values stay as they are, so the replacement has as many. */
function replacing(from: string | RegExp, to: string): Mutation {
  return (database, applied) => {
    const mutate = (statement: Statement): Statement => {
      const text = statement.strings.join(VALUE);
      const mutated = text.replace(from, to);
      if (mutated === text) return statement;
      applied();
      return { ...statement, strings: mutated.split(VALUE) };
    };
    return {
      ...database,
      run: (statement) => database.run(mutate(statement)),
      batch: (statements) => database.batch(statements.map(mutate)),
    };
  };
}

const oneByOne: Mutation = (database, applied) => ({
  ...database,
  async batch(statements) {
    applied();
    const results = [];
    for (const statement of statements) results.push(await database.run(statement));
    return results;
  },
});

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
    new RegExp(`WHERE EXISTS \\(SELECT 1 FROM "accounts" WHERE "id" = ${VALUE} AND "passwordHash" = ${VALUE}\\)`),
    `WHERE ${ANY} AND ${ANY}`,
  ),
};

const ON_POSTGRESQL: Record<string, Mutation> = {
  "one transaction is many": oneByOne,
  "sign-ins of one user do not take turns": replacing(" FOR NO KEY UPDATE", ""),
  "a change of the password is not waited for": replacing(" FOR SHARE", ""),
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
