/** Rules for keys: what an ORM would take for "no condition" or for a query object never reaches the database. */
import type { Adapter } from "../contracts/adapter.js";
import {
  type AdapterCase,
  account,
  addSessions,
  addUsers,
  after,
  expectCode,
  HOUR,
  liveIds,
  NOW,
  session,
  user,
  verification,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

/** Keys as a careless caller, or `JSON.parse` of what an attacker sent, could hand them on. */
const HOSTILE_KEYS: readonly unknown[] = [
  undefined,
  null,
  "",
  0,
  1,
  true,
  {},
  [],
  ["user-1"],
  { not: "" },
  { contains: "" },
  { $ne: null },
];

const code = { identifier: "ada@example.com", purpose: "email-link", tokenHash: "hash-of-link", now: NOW };
const attempt = { identifier: "ada@example.com", purpose: "attempts", by: 1, expires: after(HOUR), now: NOW };
const replacement = {
  account: { id: "account-1", userId: "user-1", passwordHash: "hash" },
  passwordHash: "new",
  updatedAt: NOW,
};
const proof = { userId: "user-1", email: "ada@example.com", now: NOW };

/** Each place where a method takes a key. `key` is no string: that is the point. */
const CALLS: Record<string, (adapter: Adapter, key: string) => Promise<unknown>> = {
  "createUser id": (adapter, id) => adapter.createUser({ ...user(), id }),
  "createUserWithAccount user id": (adapter, id) =>
    adapter.createUserWithAccount({ ...user(), id }, account("account-9")),
  "createUserWithAccount userId": (adapter, userId) =>
    adapter.createUserWithAccount(user("user-9"), account("account-9", { userId })),
  getUser: (adapter, id) => adapter.getUser(id),
  getUserByEmail: (adapter, email) => adapter.getUserByEmail(email),
  getUserByPhone: (adapter, phone) => adapter.getUserByPhone(phone),
  "getUserWithAccount email": (adapter, email) => adapter.getUserWithAccount({ email, provider: "google" }),
  "getUserWithAccount provider": (adapter, provider) =>
    adapter.getUserWithAccount({ email: "ada@example.com", provider }),
  "getUserWithAccount providerAccountId": (adapter, providerAccountId) =>
    adapter.getUserWithAccount({ provider: "google", providerAccountId }),
  "getUserWithAccount provider of an account": (adapter, provider) =>
    adapter.getUserWithAccount({ provider, providerAccountId: "at-google-account-1" }),
  updateUser: (adapter, id) => adapter.updateUser(id, { name: "Eve" }),
  deleteUser: (adapter, id) => adapter.deleteUser(id),
  "createSession id": (adapter, id) => adapter.createSession({ ...session("session-9"), id }),
  "createSession tokenHash": (adapter, tokenHash) => adapter.createSession({ ...session("session-9"), tokenHash }),
  "createSession userId": (adapter, userId) => adapter.createSession({ ...session("session-9"), userId }),
  "createSession replaces id": (adapter, id) => adapter.createSession(session("session-9"), { replaces: { id } }),
  "createSession replaces tokenHash": (adapter, tokenHash) =>
    adapter.createSession(session("session-9"), { replaces: { tokenHash } }),
  "createSession account id": (adapter, id) =>
    adapter.createSession(session("session-9"), { account: { id, passwordHash: "hash" } }),
  "createSession account passwordHash": (adapter, passwordHash) =>
    adapter.createSession(session("session-9"), { account: { id: "account-1", passwordHash } }),
  "createSession account id without a hash": (adapter, id) =>
    adapter.createSession(session("session-9"), { account: { id } }),
  "getSession id": (adapter, id) => adapter.getSession({ id }),
  "getSession tokenHash": (adapter, tokenHash) => adapter.getSession({ tokenHash }),
  updateSession: (adapter, id) => adapter.updateSession(id, { type: "x" }),
  "deleteSession id": (adapter, id) => adapter.deleteSession({ id }),
  "deleteSession tokenHash": (adapter, tokenHash) => adapter.deleteSession({ tokenHash }),
  "deleteSession userId": (adapter, userId) => adapter.deleteSession({ id: "session-1" }, { userId }),
  deleteUserSessions: (adapter, userId) => adapter.deleteUserSessions(userId),
  listSessions: (adapter, userId) => adapter.listSessions(userId, NOW),
  "createAccount id": (adapter, id) => adapter.createAccount({ ...account("account-9"), id }),
  "createAccount userId": (adapter, userId) => adapter.createAccount({ ...account("account-9"), userId }),
  "createAccount provider": (adapter, provider) => adapter.createAccount({ ...account("account-9"), provider }),
  "createAccount providerAccountId": (adapter, providerAccountId) =>
    adapter.createAccount({ ...account("account-9"), providerAccountId }),
  "createAccount session": (adapter, key) => adapter.createAccount(account("account-9"), { session: key }),
  "createAccount id in a session": (adapter, id) =>
    adapter.createAccount({ ...account("account-9"), id }, { session: "session-1" }),
  "getAccount provider": (adapter, provider) =>
    adapter.getAccount({ provider, providerAccountId: "at-google-account-1" }),
  "getAccount providerAccountId": (adapter, providerAccountId) =>
    adapter.getAccount({ provider: "google", providerAccountId }),
  listAccounts: (adapter, userId) => adapter.listAccounts(userId),
  updateAccount: (adapter, id) => adapter.updateAccount(id, { scope: "x" }),
  "updateAccount condition passwordHash": (adapter, passwordHash) =>
    adapter.updateAccount("account-1", { scope: "x" }, { passwordHash }),
  "updateAccount condition refreshToken": (adapter, refreshToken) =>
    adapter.updateAccount("account-1", { scope: "x" }, { refreshToken }),
  "updateAccount second field of the condition": (adapter, refreshToken) =>
    adapter.updateAccount("account-1", { scope: "x" }, { passwordHash: "hash", refreshToken }),
  "replacePassword account id": (adapter, id) =>
    adapter.replacePassword({ ...replacement, account: { ...replacement.account, id } }),
  "replacePassword account userId": (adapter, userId) =>
    adapter.replacePassword({ ...replacement, account: { ...replacement.account, userId } }),
  "replacePassword account passwordHash": (adapter, passwordHash) =>
    adapter.replacePassword({ ...replacement, account: { ...replacement.account, passwordHash } }),
  "replacePassword passwordHash": (adapter, passwordHash) => adapter.replacePassword({ ...replacement, passwordHash }),
  "replacePassword keep id": (adapter, id) => adapter.replacePassword({ ...replacement, keep: { id, change: {} } }),
  "deleteAccount id": (adapter, id) => adapter.deleteAccount(id, "user-1"),
  "deleteAccount userId": (adapter, userId) => adapter.deleteAccount("account-1", userId),
  "deleteAccount unlessLast id": (adapter, id) => adapter.deleteAccount(id, "user-1", { unlessLast: true }),
  "deleteAccount unlessLast userId": (adapter, userId) =>
    adapter.deleteAccount("account-1", userId, { unlessLast: true }),
  "proveEmail userId": (adapter, userId) => adapter.proveEmail({ ...proof, userId }),
  "proveEmail email": (adapter, email) => adapter.proveEmail({ ...proof, email }),
  "proveEmail account id": (adapter, id) => adapter.proveEmail({ ...proof, account: { ...account("account-9"), id } }),
  "proveEmail account userId": (adapter, userId) =>
    adapter.proveEmail({ ...proof, account: { ...account("account-9"), userId } }),
  "proveEmail account provider": (adapter, provider) =>
    adapter.proveEmail({ ...proof, account: { ...account("account-9"), provider } }),
  "proveEmail account providerAccountId": (adapter, providerAccountId) =>
    adapter.proveEmail({ ...proof, account: { ...account("account-9"), providerAccountId } }),
  "createVerification id": (adapter, id) => adapter.createVerification(verification({ id })),
  "createVerification identifier": (adapter, identifier) => adapter.createVerification(verification({ identifier })),
  "createVerification purpose": (adapter, purpose) => adapter.createVerification(verification({ purpose })),
  "consumeVerification identifier": (adapter, identifier) => adapter.consumeVerification({ ...code, identifier }),
  "consumeVerification purpose": (adapter, purpose) => adapter.consumeVerification({ ...code, purpose }),
  "consumeVerification tokenHash": (adapter, tokenHash) => adapter.consumeVerification({ ...code, tokenHash }),
  "countAttempt identifier": (adapter, identifier) => adapter.countAttempt([{ ...attempt, identifier }]),
  "countAttempt purpose": (adapter, purpose) => adapter.countAttempt([{ ...attempt, purpose }]),
  "countAttempt second identifier": (adapter, identifier) =>
    adapter.countAttempt([attempt, { ...attempt, identifier }]),
  "countAttempt second purpose": (adapter, purpose) => adapter.countAttempt([attempt, { ...attempt, purpose }]),
  "deleteVerification identifier": (adapter, identifier) => adapter.deleteVerification({ ...code, identifier }),
  "deleteVerification purpose": (adapter, purpose) => adapter.deleteVerification({ ...code, purpose }),
};

/** One of everything, so that a condition that got lost would hit something. */
async function fill(adapter: Adapter): Promise<void> {
  await addSessions(adapter, session("session-1"), session("session-2"));
  await adapter.updateUser("user-1", { email: "ada@example.com" });
  await addUsers(adapter, "user-2");
  await adapter.createAccount(account());
  await adapter.createVerification(verification());
}

async function expectUntouched(adapter: Adapter): Promise<void> {
  expect(await liveIds(adapter)).toEqual(["session-1", "session-2"]);
  expect(await adapter.getUser("user-1")).toMatchObject({ id: "user-1", name: null, emailVerified: false });
  expect(await adapter.getUser("user-9")).toBeNull();
  expect(await adapter.listAccounts("user-1")).toMatchObject([{ id: "account-1", scope: null }]);
  expect(await adapter.consumeVerification(code)).toEqual(verification());
}

async function refusesEach(
  adapter: Adapter,
  statements: () => number,
  call: (key: string) => Promise<unknown>,
  keys: readonly unknown[],
) {
  await fill(adapter);
  const before = statements();
  for (const key of keys) await expectCode(() => call(key as string), "request_invalid");
  expect(statements() - before).toBe(0);
  await expectUntouched(adapter);
}

export const keyCases: AdapterCase[] = [
  ...Object.entries(CALLS).map(
    ([place, call]): AdapterCase => ({
      name: `${place}: a key that is not a non-empty string is request_invalid and never reaches the database`,
      run: (adapter, { statements }) => refusesEach(adapter, statements, (key) => call(adapter, key), HOSTILE_KEYS),
    }),
  ),
  {
    // Left out, it means "all"; so undefined is no mistake here.
    name: "deleteUserSessions except: null, an empty text or an object is request_invalid, not everything",
    run: (adapter, { statements }) =>
      refusesEach(
        adapter,
        statements,
        (except) => adapter.deleteUserSessions("user-1", { except }),
        HOSTILE_KEYS.slice(1),
      ),
  },
  {
    name: "a key that is SQL finds nothing and changes nothing",
    async run(adapter) {
      await fill(adapter);
      for (const key of ["' OR '1'='1", '"; DROP TABLE sessions; --', "%", "_", "*", "session-1' --"]) {
        expect(await adapter.getSession({ id: key })).toBeNull();
        expect(await adapter.deleteSession({ tokenHash: key })).toBeNull();
        expect(await adapter.updateSession(key, { type: "x" })).toBeNull();
        expect(await adapter.deleteUserSessions(key)).toEqual([]);
        expect(await adapter.deleteUser(key)).toBe(false);
      }
      await expectUntouched(adapter);
    },
  },
];
