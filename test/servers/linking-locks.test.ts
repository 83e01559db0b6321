/** Who waits for whom around the proof of a mailbox, on real servers, step by step: nothing from before it slips through (R-O7). */
import type { Adapter, EmailProved } from "@latchkey/core";
import { createSqlAdapter } from "@latchkey/core/sql";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { postgresqlDatabase } from "../../packages/cli/src/drivers/postgresql.js";
import { START } from "./clock.js";
import { createDatabase, isMissing, openConsole, SERVERS, type ServerDatabase, type ServerName } from "./databases.js";
import { openAdapter } from "./open.js";
import { type Mutation, replacing, replacingIn } from "./statement-mutations.js";
import { newSession } from "./workload.js";

const at = new Date(START);
const dates = { createdAt: at, updatedAt: at };
const PROOF = { userId: "ada", email: "ada@example.com", now: at };
const ACCOUNT = { id: "password-1", passwordHash: "hash" };
/** What a sign-in depends on. */
const HELD = { "the password": ACCOUNT, "an account": { id: ACCOUNT.id } };
const LINKED = { id: "linked", userId: "ada", provider: "google", providerAccountId: "linked", ...dates };

/** Milliseconds between two looks at who waits: InnoDB shows what it saw before to whoever asks again within a tenth of a second. */
const LOOK_EVERY = 150;

/** How a server says that somebody waits in this database, and how it is made to understand quotes. */
const WORDS: Record<ServerName, { prepare: string; waiting: string }> = {
  PostgreSQL: {
    prepare: "SET standard_conforming_strings = on",
    waiting: "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  },
  MariaDB: {
    prepare: "SET sql_mode = 'ANSI_QUOTES'",
    waiting: "SELECT lock_id FROM information_schema.INNODB_LOCKS WHERE lock_table LIKE concat('%', database(), '%')",
  },
};

const instant = "'2041-01-01 00:00:00'";
/** What somebody is adding to the user when the mailbox is proved. */
const ADDED = {
  "a session": `INSERT INTO "sessions" ("id", "tokenHash", "userId", "type", "data", "expires", "absoluteExpires", "authenticatedAt", "createdAt", "updatedAt")
    VALUES ('added', 'added', 'ada', 'oauth', '{}', ${[1, 2, 3, 4, 5].map(() => instant).join(", ")})`,
  "an account": `INSERT INTO "accounts" ("id", "userId", "provider", "providerAccountId", "createdAt", "updatedAt")
    VALUES ('added', 'ada', 'google', 'added', ${instant}, ${instant})`,
};

/** Adds Ada, who has not proved her mailbox, with a password and a session. */
async function addAda(adapter: Adapter): Promise<void> {
  await adapter.deleteUser("ada");
  const password = { ...ACCOUNT, userId: "ada", provider: "password", providerAccountId: "ada", ...dates };
  await adapter.createUserWithAccount({ id: "ada", email: PROOF.email, ...dates }, password);
  await adapter.createSession({ ...newSession("ada", START), id: "before" });
}

async function leftOf(adapter: Adapter): Promise<string[]> {
  const rows = [...(await adapter.listSessions("ada", at)), ...(await adapter.listAccounts("ada"))];
  return rows.map(({ id }) => id).sort();
}

for (const server of SERVERS) {
  describe.skipIf(await isMissing(server))(server, () => {
    let database: ServerDatabase;
    let adapter: Adapter;
    let close: () => Promise<void>;
    beforeAll(async () => {
      database = await createDatabase(server);
      ({ adapter, close } = openAdapter(database.url));
    });
    afterAll(async () => {
      await close();
      await database.drop();
    });

    test.each(Object.entries(ADDED))(
      "R-O7: a proof waits for %s that is being added, and then it goes",
      async (_, added) => {
        const { proved, left } = await proveBeside(database, adapter, added);
        expect(proved).toMatchObject({ wiped: true });
        expect(left).toEqual([]);
      },
    );

    describe.each(Object.entries(HELD))("R-O7: a sign-in with %s", (_, account) => {
      test.each([
        ["alone", {}],
        ["with a limit", { limit: { max: 3, policy: "evict-oldest" } }],
        ["in place of a session", { replaces: { id: "before" } }],
      ] as const)("%s, waits for a proof that is under way, holds nothing up and is refused", async (_, options) => {
        const start = () => adapter.createSession(newSession("ada", START), { ...options, account });
        expect(await startBeside(database, adapter, start)).toBe("invalid_credentials");
        expect(await leftOf(adapter)).toEqual([]);
      });
    });

    test("R-O7: a link waits for a proof that is under way, holds nothing up and is refused", async () => {
      const link = () => adapter.createAccount(LINKED, { session: "before" });
      expect(await startBeside(database, adapter, link)).toBe("unauthorized");
      expect(await leftOf(adapter)).toEqual([]);
    });

    test("R-O7: a link waits while the user is being disabled, and is refused", async () => {
      await addAda(adapter);
      const other = await beginning(database);
      await other.query(`UPDATE "users" SET "disabledAt" = ${instant} WHERE "id" = 'ada'`);
      const linking = codeOf(adapter.createAccount(LINKED, { session: "before" }));
      await waits(database, linking);
      await other.query("COMMIT");
      expect(await linking).toBe("unauthorized");
      expect(await leftOf(adapter)).toEqual(["before", "password-1"]);
    });

    test("a sign-in without a password waits for a proof that is under way, holds nothing up and comes after it", async () => {
      const after = { ...newSession("ada", START), id: "after" };
      const start = () => adapter.createSession(after, { replaces: { id: "before" } });
      expect(await startBeside(database, adapter, start)).toEqual({ evicted: [], replaced: null });
      expect(await leftOf(adapter)).toEqual(["after"]);
    });
  });
}

describe.skipIf(await isMissing("PostgreSQL"))("the steps can tell", () => {
  let database: ServerDatabase;
  beforeAll(async () => {
    database = await createDatabase("PostgreSQL");
  });
  afterAll(() => database.drop());

  const weakened = (mutation: Mutation): Adapter => {
    const pool = new pg.Pool({ connectionString: database.url });
    // The database goes before the server has seen every connection off.
    pool.on("error", () => {});
    onTestFinished(() => pool.end());
    return createSqlAdapter(mutation(postgresqlDatabase(pool), () => {}));
  };

  test.each([
    ["holds nobody", replacingIn('"emailVerified"', " FOR UPDATE", "")],
    ["lets rows be added to the user", replacingIn('"emailVerified"', " FOR UPDATE", " FOR NO KEY UPDATE")],
  ] satisfies [string, Mutation][])("a proof that %s leaves what was being added", async (_, mutation) => {
    const adapter = weakened(mutation);
    for (const added of Object.values(ADDED))
      expect((await proveBeside(database, adapter, added)).left).toEqual(["added"]);
  });

  test("a link that does not wait for the user comes after the proof", async () => {
    const adapter = weakened(replacingIn('"disabledAt" IS NULL', " FOR UPDATE", ""));
    const link = () => adapter.createAccount(LINKED, { session: "before" });
    expect(await startBeside(database, adapter, link)).toMatchObject(LINKED);
    expect(await leftOf(adapter)).toEqual(["linked"]);
  });

  test.each(Object.entries(HELD))(
    "a sign-in with %s that does not lock the account comes after the proof",
    async (_, account) => {
      const adapter = weakened(replacing(" FOR SHARE OF a", ""));
      const start = () => adapter.createSession({ ...newSession("ada", START), id: "after" }, { account });
      expect(await startBeside(database, adapter, start)).toEqual({ evicted: [], replaced: null });
      expect(await leftOf(adapter)).toEqual(["after"]);
    },
  );

  test.each([
    ["with the password", { account: ACCOUNT }],
    ["with an account", { account: { id: ACCOUNT.id } }],
    ["without a password", { replaces: { id: "before" } }],
  ])("a sign-in %s that does not wait for the user first holds the proof up", async (_, options) => {
    const adapter = weakened(replacing(" FOR KEY SHARE", ""));
    const start = () => adapter.createSession(newSession("ada", START), options);
    await expect(startBeside(database, adapter, start)).rejects.toThrow("could not obtain lock");
  });
});

/** @returns what a call answers, or the code of its error */
function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: { code: unknown }) => error.code);
}

/** Starts a session, or links, while a transaction of somebody else does what a proof does. @returns what came of it, or the code of its error */
async function startBeside(
  database: ServerDatabase,
  adapter: Adapter,
  start: () => Promise<unknown>,
): Promise<unknown> {
  await addAda(adapter);
  const other = await beginning(database);
  await other.query(`SELECT "id" FROM "users" WHERE "id" = 'ada' FOR UPDATE`);
  const started = codeOf(start());
  await waits(database, started);
  for (const table of ["accounts", "sessions"]) {
    // Who waits for the user and holds one of these rows would hold the proof up, in a circle.
    await other.query(`SELECT "id" FROM "${table}" WHERE "userId" = 'ada' FOR UPDATE NOWAIT`);
    await other.query(`DELETE FROM "${table}" WHERE "userId" = 'ada'`);
  }
  await other.query("COMMIT");
  return started;
}

/** Proves Ada's mailbox while a transaction of somebody else adds a row, which is done once the proof waits for it, or is over. */
async function proveBeside(
  database: ServerDatabase,
  adapter: Adapter,
  added: string,
): Promise<{ proved: EmailProved | null; left: string[] }> {
  await addAda(adapter);
  const other = await beginning(database);
  await other.query(added);
  const proving = adapter.proveEmail(PROOF);
  await waits(database, proving);
  await other.query("COMMIT");
  return { proved: await proving, left: await leftOf(adapter) };
}

/** A connection of somebody else, in a transaction. */
async function beginning({ server, url }: ServerDatabase): ReturnType<typeof openConsole> {
  const other = await openConsole(server, url);
  onTestFinished(other.close);
  await other.query(WORDS[server].prepare);
  await other.query("BEGIN");
  return other;
}

/** @returns once the server says that somebody waits for a lock, or the call is over without that */
async function waits({ server, query }: ServerDatabase, call: Promise<unknown>): Promise<void> {
  let isOver = false;
  const over = call.then(() => {
    isOver = true;
  });
  while (!isOver && (await query(WORDS[server].waiting)).length === 0)
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))]);
}
