/** One call of each kind, on a database with one user, one account and one session. */
import { onTestFinished } from "vitest";
import type { Sent, TestDatabase } from "./database.js";

export const NOW = new Date("2026-03-01T12:00:00.123Z");
export const LATER = new Date("2026-03-02T12:00:00.000Z");
export const DATES = { createdAt: NOW, updatedAt: NOW };

export type Call = (database: Pick<TestDatabase, "adapter">) => Promise<unknown>;

export function session(id: string) {
  const empty = { ipAddress: null, userAgent: null, parentId: null, agentId: null, scopes: null, data: {} };
  const times = { expires: LATER, absoluteExpires: LATER, authenticatedAt: NOW, ...DATES };
  return { id, tokenHash: `hash-${id}`, userId: "user-1", type: "password", ...empty, ...times };
}

const COMPARED = { id: "account-1", passwordHash: "hash" };

/** @param open An opener; `sent` is empty afterwards */
export async function openFilled<T extends TestDatabase>(open: () => Promise<T>): Promise<T> {
  const database = await open();
  onTestFinished(() => database.close());
  return fill(database);
}

/** Adds the user `user-1`, their account and their session; `sent` is empty afterwards. */
export async function fill<T extends TestDatabase>(database: T): Promise<T> {
  const account = { id: "account-1", userId: "user-1", provider: "google", providerAccountId: "1", ...DATES };
  const user = { id: "user-1", email: "ada@example.com", ...DATES };
  await database.adapter.createUserWithAccount(user, { ...account, passwordHash: COMPARED.passwordHash });
  await database.adapter.createSession(session("session-1"));
  // MySQL and MariaDB are asked once which of them they are.
  await database.adapter.deleteSession({ id: "none" });
  database.sent.length = 0;
  return database;
}

/** What a database was sent by one call. */
export type Statements = Record<string, Sent[]>;

/** Runs each call on a database of its own, and keeps what it was sent but for the words of a transaction. */
export async function statementsOf(calls: [string, Call][], open: () => Promise<TestDatabase>): Promise<Statements> {
  const statements: Statements = {};
  for (const [name, call] of calls) {
    const database = await fill(await open());
    await call(database);
    statements[name] = database.sent.filter(({ sql }) => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(sql));
    await database.close();
  }
  return statements;
}

/** Rows of other users, so that a plan without an index would cost: 10,000 of each table. */
export async function fillUp({ rows }: TestDatabase, quote: (name: string) => string): Promise<void> {
  const digits = `(${Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS d`).join(" UNION ALL ")})`;
  const numbers = `SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM ${["a", "b", "c", "e"].map((name) => `${digits} ${name}`).join(", ")}`;
  const insert = (table: string, values: Record<string, string>) =>
    rows(
      `INSERT INTO ${table} (${Object.keys(values).map(quote).join(", ")}) SELECT ${Object.values(values).join(", ")} FROM (${numbers}) numbers`,
    );
  const dates = { createdAt: "'2026-03-01 12:00:00'", updatedAt: "'2026-03-01 12:00:00'" };
  const expires = "'2026-04-01 12:00:00'";
  const text = (prefix: string) => `concat('${prefix}', n)`;
  await insert("users", { id: text("u"), email: text("e"), phone: text("p"), ...dates });
  await insert("sessions", {
    ...{ id: text("s"), tokenHash: text("h"), userId: text("u"), type: "'password'", data: "'{}'" },
    ...{ expires, absoluteExpires: expires, authenticatedAt: expires, ...dates },
  });
  await insert("accounts", {
    ...{ id: text("a"), userId: text("u"), provider: "'google'", providerAccountId: text("g"), ...dates },
  });
  await insert("verifications", {
    ...{ id: text("v"), identifier: text("i"), purpose: "'otp'", tokenHash: "''", expires },
    createdAt: dates.createdAt,
  });
}

const verification = { identifier: "ada@example.com", purpose: "otp" };
const attempt = { ...verification, by: 1, expires: LATER, now: NOW };

export const READS: Record<string, Call> = {
  getUser: ({ adapter }) => adapter.getUser("user-1"),
  getUserByEmail: ({ adapter }) => adapter.getUserByEmail("ada@example.com"),
  getUserByPhone: ({ adapter }) => adapter.getUserByPhone("+4930123456"),
  getUserWithAccount: ({ adapter }) => adapter.getUserWithAccount({ email: "ada@example.com", provider: "google" }),
  "getUserWithAccount by account": ({ adapter }) =>
    adapter.getUserWithAccount({ provider: "google", providerAccountId: "1" }),
  "getSession by id": ({ adapter }) => adapter.getSession({ id: "session-1" }),
  "getSession by hash": ({ adapter }) => adapter.getSession({ tokenHash: "hash-session-1" }),
  listSessions: ({ adapter }) => adapter.listSessions("user-1", NOW),
  getAccount: ({ adapter }) => adapter.getAccount({ provider: "google", providerAccountId: "1" }),
  listAccounts: ({ adapter }) => adapter.listAccounts("user-1"),
};

/** Changes that return the row as it now is, which MySQL and MariaDB cannot in one statement. */
export const UPDATES: Record<string, Call> = {
  updateUser: ({ adapter }) => adapter.updateUser("user-1", { name: "Ada" }),
  updateSession: ({ adapter }) => adapter.updateSession("session-1", { updatedAt: LATER }, { updatedAt: NOW }),
  updateAccount: ({ adapter }) => adapter.updateAccount("account-1", { scope: "email" }),
  "updateAccount, by its token": ({ adapter }) =>
    adapter.updateAccount("account-1", { refreshToken: "sealed-2" }, { refreshToken: "sealed-1" }),
};

/** Changes that each are one statement, so that nothing can come between a check and what follows from it. */
export const CHANGES: Record<string, Call> = {
  deleteUser: ({ adapter }) => adapter.deleteUser("user-1"),
  createSession: ({ adapter }) => adapter.createSession(session("session-2")),
  "createSession with an account": ({ adapter }) => adapter.createSession(session("session-2"), { account: COMPARED }),
  deleteSession: ({ adapter }) => adapter.deleteSession({ id: "session-1" }, { userId: "user-1" }),
  deleteUserSessions: ({ adapter }) => adapter.deleteUserSessions("user-1", { except: "session-2" }),
  deleteAccount: ({ adapter }) => adapter.deleteAccount("account-1", "user-1"),
  consumeVerification: ({ adapter }) => adapter.consumeVerification({ ...verification, tokenHash: "hash", now: NOW }),
  "countAttempt, one": ({ adapter }) => adapter.countAttempt([attempt]),
  "countAttempt, three": ({ adapter }) =>
    adapter.countAttempt(["otp", "password", "link"].map((purpose) => ({ ...attempt, purpose }))),
  deleteVerification: ({ adapter }) => adapter.deleteVerification(verification),
};

/** Changes of several statements, in one transaction. */
export const TRANSACTIONS: Record<string, Call> = {
  "createSession, evicting": ({ adapter }) =>
    adapter.createSession(session("session-2"), {
      limit: { max: 3, policy: "evict-oldest" },
      replaces: { id: "session-1" },
    }),
  "createSession, rejecting": ({ adapter }) =>
    adapter.createSession(session("session-2"), { limit: { max: 3, policy: "reject" } }),
  "createSession with an account, rejecting": ({ adapter }) =>
    adapter.createSession(session("session-2"), { limit: { max: 3, policy: "reject" }, account: COMPARED }),
  replacePassword: ({ adapter }) =>
    adapter.replacePassword({
      account: { ...COMPARED, userId: "user-1" },
      passwordHash: "new",
      updatedAt: LATER,
      keep: { id: "session-1", change: { updatedAt: LATER } },
    }),
  "deleteAccount, unless last": ({ adapter }) => adapter.deleteAccount("account-2", "user-1", { unlessLast: true }),
  proveEmail: ({ adapter }) =>
    adapter.proveEmail({
      userId: "user-1",
      email: "ada@example.com",
      account: { id: "account-2", userId: "user-1", provider: "github", providerAccountId: "1", ...DATES },
      now: LATER,
    }),
};

export const deleteExpired: Call = ({ adapter }) => adapter.deleteExpired(LATER, 10);
