/** What reaches the database: one statement for a read, an index for each, conflicts by name, patience with other writers. */
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { expect, onTestFinished, test } from "vitest";
import { DrizzleAdapter } from "../src/index.js";
import { openFile, openMemory, type TestDatabase } from "./database.js";

const NOW = new Date("2026-03-01T12:00:00.123Z");
const LATER = new Date("2026-03-02T12:00:00.000Z");
const DATES = { createdAt: NOW, updatedAt: NOW };

function session(id: string) {
  const empty = { ipAddress: null, userAgent: null, parentId: null, agentId: null, scopes: null, data: {} };
  const times = { expires: LATER, absoluteExpires: LATER, authenticatedAt: NOW, ...DATES };
  return { id, tokenHash: `hash-${id}`, userId: "user-1", type: "password", ...empty, ...times };
}

async function openFilled(open = openMemory): Promise<TestDatabase> {
  const database = await open();
  onTestFinished(() => database.close());
  const account = { id: "account-1", userId: "user-1", provider: "google", providerAccountId: "1", ...DATES };
  await database.adapter.createUserWithAccount({ id: "user-1", email: "ada@example.com", ...DATES }, account);
  await database.adapter.createSession(session("session-1"));
  database.sent.length = 0;
  return database;
}

type Call = (database: TestDatabase) => Promise<unknown>;
const verification = { identifier: "ada@example.com", purpose: "otp" };

const READS: Record<string, Call> = {
  getUser: ({ adapter }) => adapter.getUser("user-1"),
  getUserByEmail: ({ adapter }) => adapter.getUserByEmail("ada@example.com"),
  getUserByPhone: ({ adapter }) => adapter.getUserByPhone("+4930123456"),
  "getSession by id": ({ adapter }) => adapter.getSession({ id: "session-1" }),
  "getSession by hash": ({ adapter }) => adapter.getSession({ tokenHash: "hash-session-1" }),
  listSessions: ({ adapter }) => adapter.listSessions("user-1", NOW),
  getAccount: ({ adapter }) => adapter.getAccount({ provider: "google", providerAccountId: "1" }),
  listAccounts: ({ adapter }) => adapter.listAccounts("user-1"),
};

/** Changes that each are one statement, so that nothing can come between a check and what follows from it. */
const CHANGES: Record<string, Call> = {
  updateUser: ({ adapter }) => adapter.updateUser("user-1", { name: "Ada" }),
  deleteUser: ({ adapter }) => adapter.deleteUser("user-1"),
  createSession: ({ adapter }) => adapter.createSession(session("session-2")),
  updateSession: ({ adapter }) => adapter.updateSession("session-1", { updatedAt: LATER }, { updatedAt: NOW }),
  deleteSession: ({ adapter }) => adapter.deleteSession({ id: "session-1" }, { userId: "user-1" }),
  deleteUserSessions: ({ adapter }) => adapter.deleteUserSessions("user-1", { except: "session-2" }),
  updateAccount: ({ adapter }) => adapter.updateAccount("account-1", { scope: "email" }),
  deleteAccount: ({ adapter }) => adapter.deleteAccount("account-1", "user-1"),
  consumeVerification: ({ adapter }) => adapter.consumeVerification({ ...verification, tokenHash: "hash", now: NOW }),
  countAttempt: ({ adapter }) => adapter.countAttempt({ ...verification, by: 1, expires: LATER, now: NOW }),
  deleteVerification: ({ adapter }) => adapter.deleteVerification(verification),
};

test.each(Object.entries({ ...READS, ...CHANGES }))("%s sends the driver one statement", async (_, call) => {
  const database = await openFilled();
  await call(database);
  expect(database.sent.map(({ sql }) => sql)).toHaveLength(1);
});

const limited: Call = ({ adapter }) =>
  adapter.createSession(session("session-2"), {
    limit: { max: 3, policy: "evict-oldest" },
    replaces: { id: "session-1" },
  });

test.each(Object.entries({ ...READS, ...CHANGES, "createSession with a limit": limited }))(
  "%s scans no table",
  async (_, call) => {
    const database = await openFilled();
    await call(database);
    for (const { sql, args } of [...database.sent]) {
      const plan = await database.client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: args as string[] });
      const steps = plan.rows.map((row) => String(row.detail));
      expect(
        steps.filter((step) => /^SCAN (?!CONSTANT)/.test(step)),
        sql,
      ).toEqual([]);
    }
  },
);

test("deleteExpired finds what has expired by index", async () => {
  const database = await openFilled();
  await database.adapter.deleteExpired(LATER, 10);
  expect(database.sent).toHaveLength(2);
  for (const { sql, args } of [...database.sent]) {
    const plan = await database.client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: args as string[] });
    expect(plan.rows.map((row) => String(row.detail)).join()).not.toContain("SCAN");
  }
});

test("an outage is no AuthError: what the driver says comes through", async () => {
  const database = await openFilled();
  await database.client.execute("ALTER TABLE sessions RENAME TO gone");
  await expect(database.adapter.getSession({ id: "session-1" })).rejects.toThrow("sessions");
  await expect(database.adapter.createSession(session("session-2"))).rejects.not.toMatchObject({ name: "AuthError" });
});

test("a row that the app's own SQL deletes is gone", async () => {
  const { adapter, client } = await openFilled();
  await client.execute("DELETE FROM sessions WHERE userId = 'user-1'");
  expect(await adapter.getSession({ id: "session-1" })).toBeNull();
});

test("foreign keys are enforced on every connection, so that the app's own SQL cascades, too", async () => {
  const { adapter, client } = await openFilled(openFile);
  await Promise.all([adapter.getUser("user-1"), adapter.getUser("user-1"), adapter.getUser("user-1")]);
  await client.execute("DELETE FROM users WHERE id = 'user-1'");
  expect((await client.execute("SELECT count(*) AS n FROM sessions")).rows[0]?.n).toBe(0);
});

test("instants are stored as whole milliseconds, data and scopes as JSON text, flags as 0 and 1", async () => {
  const { adapter, client } = await openFilled();
  await adapter.updateSession("session-1", { data: { role: "admin" }, scopes: ["read"] });
  const [stored] = (await client.execute("SELECT * FROM sessions JOIN users ON users.id = userId")).rows;
  expect(stored).toMatchObject({
    expires: LATER.getTime(),
    data: '{"role":"admin"}',
    scopes: '["read"]',
    emailVerified: 0,
  });
});

test("a call that met another writer says what to do, and has done nothing", async () => {
  const { adapter, other } = await openBesideWriter();
  const limit = { max: 1, policy: "evict-oldest" } as const;
  await expect(adapter.createSession(session("session-2"), { limit })).rejects.toThrow("pass `timeout`");
  await other.rollback();
  expect((await adapter.listSessions("user-1", NOW)).map(({ id }) => id)).toEqual(["session-1"]);
});

test("I2: once the database was busy, no revocation is answered that was not committed", async () => {
  const { adapter, other, observer } = await openBesideWriter();
  await expect(adapter.deleteSession({ id: "session-1" })).rejects.toThrow("busy");
  await other.rollback();
  const answered = await adapter.deleteSession({ id: "session-1" }).then(
    () => "gone",
    () => "failed",
  );
  const { rows } = await observer.execute("SELECT id FROM sessions");
  expect(answered).toBe(rows.length === 0 ? "gone" : "failed");
});

/** An adapter whose driver does not wait, and a transaction of another connection that holds the right to write. */
async function openBesideWriter() {
  const { client } = await openFilled(openFile);
  const [file] = (await client.execute("PRAGMA database_list")).rows;
  const impatient = createClient({ url: `file:${file?.file}`, timeout: 0 });
  onTestFinished(() => impatient.close());
  const db = drizzle(impatient);
  return { adapter: DrizzleAdapter(db), other: await client.transaction("write"), observer: client };
}
