/** What a case of the adapter suite is, and the records that the cases work with. */
import type { Adapter, NewAccount, NewSession, NewUser } from "../contracts/adapter.js";
import type { AuthErrorCode } from "../errors.js";
import type { SessionRecord, VerificationRecord } from "../model.js";
import { expect } from "./runner.js";

/** An adapter on an empty database of its own. */
export interface AdapterUnderTest {
  adapter: Adapter;
  /** How many statements the database has received so far; always 0 for a store without statements. */
  statements(): number;
  /** Gives up the database. */
  close(): Promise<void>;
}

export type OpenAdapter = () => Promise<AdapterUnderTest>;

/** One rule of the contract. */
export interface AdapterCase {
  /** The rule. */
  name: string;
  run(adapter: Adapter, database: Pick<AdapterUnderTest, "statements">): Promise<void>;
}

/** An instant that is lost by a column that keeps seconds, 32 bits or local time. */
export const NOW = new Date("2041-10-27T01:30:00.123Z");

/** `milliseconds` after {@link NOW}. */
export function after(milliseconds: number): Date {
  return new Date(NOW.getTime() + milliseconds);
}

export const HOUR = 3_600_000;

export function user(id = "user-1", fields: Partial<NewUser> = {}): NewUser {
  return { id, createdAt: NOW, updatedAt: NOW, ...fields };
}

export function session(id = "session-1", fields: Partial<NewSession> = {}): NewSession {
  return {
    id,
    tokenHash: `hash-of-${id}`,
    userId: "user-1",
    type: "password",
    expires: after(HOUR),
    absoluteExpires: after(24 * HOUR),
    authenticatedAt: NOW,
    ipAddress: null,
    userAgent: null,
    data: {},
    parentId: null,
    agentId: null,
    scopes: null,
    createdAt: NOW,
    updatedAt: NOW,
    ...fields,
  };
}

/** JSON that a careless mapper loses, changes or runs. */
export const DATA = {
  role: "admin",
  nested: { list: [1, "two", null, [], {}], deep: { deeper: { deepest: true } } },
  numbers: [0, -1, 1.5, 9007199254740991],
  text: 'quote " backslash \\ 🦉 ünïcode \u2028 %_ $1 :name ?',
  empty: "",
  nothing: null,
  ...JSON.parse('{ "__proto__": { "isAdmin": true }, "constructor": "own" }'),
};

export const FULL_SESSION = {
  type: "oauth",
  expires: after(HOUR + 1),
  absoluteExpires: after(9 * HOUR + 2),
  authenticatedAt: after(-3),
  ipAddress: "2001:db8::1",
  userAgent: 'Mozilla/5.0 ‘quoted’ "agent"',
  data: DATA,
  parentId: "session-0",
  agentId: "agent-1",
  scopes: ["read:mail", "write:*"],
  createdAt: after(-4),
  updatedAt: after(-5),
};

/** What comes out of what went in. */
export function withoutHash({ tokenHash, ...record }: NewSession): SessionRecord {
  return record;
}

export function account(id = "account-1", fields: Partial<NewAccount> = {}): NewAccount {
  const dates = { createdAt: NOW, updatedAt: NOW };
  return { id, userId: "user-1", provider: "google", providerAccountId: `at-google-${id}`, ...dates, ...fields };
}

export function verification(fields: Partial<VerificationRecord> = {}): VerificationRecord {
  return {
    id: "verification-1",
    identifier: "ada@example.com",
    purpose: "email-link",
    tokenHash: "hash-of-link",
    attempts: 0,
    expires: after(HOUR),
    createdAt: NOW,
    ...fields,
  };
}

/** Adds users with these ids. */
export async function addUsers(adapter: Adapter, ...ids: string[]): Promise<void> {
  for (const id of ids) await adapter.createUser(user(id));
}

/** Adds `user-1` and these sessions, one after the other. */
export async function addSessions(adapter: Adapter, ...sessions: NewSession[]): Promise<void> {
  await addUsers(adapter, "user-1");
  for (const added of sessions) await adapter.createSession(added);
}

export async function expectCode(call: () => Promise<unknown>, code: AuthErrorCode): Promise<void> {
  await expect((async () => call())()).rejects.toMatchObject({ name: "AuthError", code });
}

/** Starts `count` calls at once. */
export function atOnce<T>(count: number, call: (index: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> {
  return Promise.allSettled(Array.from({ length: count }, (_, index) => call(index)));
}

/** The results of calls that must all have succeeded. */
export function values<T>(results: PromiseSettledResult<T>[]): T[] {
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Codes of the calls that failed. */
export function failures(results: PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((result) =>
    result.status === "rejected" ? [(result.reason as { code?: unknown }).code] : [],
  );
}

/** Sorted ids of the live sessions of a user. */
export async function liveIds(adapter: Adapter, userId = "user-1", now = NOW): Promise<string[]> {
  return (await adapter.listSessions(userId, now)).map(({ id }) => id).sort();
}
