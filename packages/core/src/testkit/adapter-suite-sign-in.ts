/** Rules for a sign-in with a password: what it reads in one statement, and that a changed password starts no session. */
import type { Adapter, CreateSessionOptions } from "../contracts/adapter.js";
import {
  type AdapterCase,
  account,
  after,
  atOnce,
  expectCode,
  failures,
  HOUR,
  liveIds,
  session,
  user,
  withoutHash,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

const EMAIL = "ada@example.com";
const KEY = { email: EMAIL, provider: "password" };
const KEY_OF_ADA = { provider: "password", providerAccountId: "user-1" };
const OLD = { id: "account-1", passwordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$b2xk" };
const NEW_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$bmV3";

/** Adds `user-1` with a password, as a sign-up does. */
async function addAda(adapter: Adapter): Promise<void> {
  const own = account("account-1", { ...KEY_OF_ADA, passwordHash: OLD.passwordHash });
  await adapter.createUserWithAccount(user("user-1", { email: EMAIL }), own);
}

/** Everything that makes more of a sign-in than one insert. */
function limitedTo(max: number): Record<string, Pick<CreateSessionOptions, "limit" | "replaces">> {
  return {
    "evict-oldest": { limit: { max, policy: "evict-oldest" } },
    reject: { limit: { max, policy: "reject" } },
    "a session to replace": { replaces: { id: "session-1" } },
    "evict-oldest and a session to replace": {
      limit: { max, policy: "evict-oldest" },
      replaces: { tokenHash: "hash-of-session-1" },
    },
  };
}

const readCases: AdapterCase[] = [
  {
    name: "getUserWithAccount finds the user and the account under the user's own id, whole",
    async run(adapter) {
      await addAda(adapter);
      await adapter.createAccount(account("account-2"));
      const found = await adapter.getUserWithAccount(KEY);
      expect(found).toStrictEqual({
        user: await adapter.getUser("user-1"),
        account: await adapter.getAccount(KEY_OF_ADA),
      });
      expect(found?.account?.passwordHash).toBe(OLD.passwordHash);
    },
  },
  {
    name: "getUserWithAccount: the account is null for a user who has none there under their own id",
    async run(adapter) {
      await addAda(adapter);
      const expected = { user: await adapter.getUser("user-1"), account: null };
      expect(await adapter.getUserWithAccount({ ...KEY, provider: "google" })).toStrictEqual(expected);
      await adapter.createAccount(account("account-2"));
      expect(await adapter.getUserWithAccount({ ...KEY, provider: "google" })).toStrictEqual(expected);
      await adapter.createUser(user("user-2", { email: "grace@example.com" }));
      expect(await adapter.getUserWithAccount({ ...KEY, email: "grace@example.com" })).toStrictEqual({
        user: await adapter.getUser("user-2"),
        account: null,
      });
    },
  },
  {
    name: "getUserWithAccount compares exactly, and is null for an unknown address",
    async run(adapter) {
      await addAda(adapter);
      for (const email of [
        "Ada@example.com",
        "ada@example.com ",
        " ada@example.com",
        "adá@example.com",
        "ada%",
        "x@y.co",
      ])
        expect(await adapter.getUserWithAccount({ ...KEY, email }), email).toBeNull();
      for (const provider of ["Password", "password ", "pass%"])
        expect((await adapter.getUserWithAccount({ ...KEY, provider }))?.account, provider).toBeNull();
    },
  },
  {
    name: "getUserWithAccount returns a disabled user: the caller judges",
    async run(adapter) {
      await addAda(adapter);
      await adapter.updateUser("user-1", { disabledAt: after(-1) });
      expect((await adapter.getUserWithAccount(KEY))?.user.disabledAt).toEqual(after(-1));
    },
  },
  {
    name: "getUserWithAccount is one statement, whether or not there is a user or an account",
    async run(adapter, { statements }) {
      await addAda(adapter);
      for (const key of [KEY, { ...KEY, provider: "google" }, { ...KEY, email: "nobody@example.com" }]) {
        const before = statements();
        await adapter.getUserWithAccount(key);
        expect(statements() - before, JSON.stringify(key)).toBeLessThanOrEqual(1);
      }
    },
  },
];

const startCases: AdapterCase[] = [
  {
    name: "createSession with an account adds the session while the account has the hash, in one statement",
    async run(adapter, { statements }) {
      await addAda(adapter);
      const before = statements();
      expect(await adapter.createSession(session(), { account: OLD })).toEqual({ evicted: [], replaced: null });
      expect(statements() - before).toBeLessThanOrEqual(1);
      expect((await adapter.getSession({ id: "session-1" }))?.session).toEqual(withoutHash(session()));
    },
  },
  {
    name: "createSession with an account is invalid_credentials once the hash is another, compared exactly; nothing is added",
    async run(adapter) {
      await addAda(adapter);
      const near = [OLD.passwordHash.toUpperCase(), `${OLD.passwordHash} `, OLD.passwordHash.slice(0, -1), "%"];
      for (const passwordHash of near)
        await expectCode(
          () => adapter.createSession(session(), { account: { ...OLD, passwordHash } }),
          "invalid_credentials",
        );
      await adapter.updateAccount("account-1", { passwordHash: NEW_HASH });
      await expectCode(() => adapter.createSession(session(), { account: OLD }), "invalid_credentials");
      expect(await liveIds(adapter)).toEqual([]);
      await adapter.createSession(session(), { account: { ...OLD, passwordHash: NEW_HASH } });
      expect(await liveIds(adapter)).toEqual(["session-1"]);
    },
  },
  {
    name: "createSession with an account is invalid_credentials when the account is gone, another, or without a hash",
    async run(adapter) {
      await addAda(adapter);
      const start = (id: string) => () => adapter.createSession(session(), { account: { ...OLD, id } });
      await adapter.createAccount(account("account-2"));
      for (const id of ["account-2", "Account-1", "nothing"]) await expectCode(start(id), "invalid_credentials");
      await adapter.updateAccount("account-1", { passwordHash: null });
      await expectCode(start("account-1"), "invalid_credentials");
      await adapter.deleteAccount("account-1", "user-1");
      await expectCode(start("account-1"), "invalid_credentials");
      expect(await liveIds(adapter)).toEqual([]);
    },
  },
  {
    name: "createSession with an account is user_not_found for a user who does not exist, whatever the account's hash",
    async run(adapter) {
      await addAda(adapter);
      const orphan = session("session-1", { userId: "nobody" });
      for (const passwordHash of [OLD.passwordHash, NEW_HASH])
        for (const options of [{}, ...Object.values(limitedTo(1))])
          await expectCode(
            () => adapter.createSession(orphan, { ...options, account: { ...OLD, passwordHash } }),
            "user_not_found",
          );
      expect(await adapter.getSession({ id: "session-1" })).toBeNull();
    },
  },
  ...Object.entries(limitedTo(1)).map(
    ([name, options]): AdapterCase => ({
      name: `createSession with an account and ${name}: when the hash is another, nothing has changed`,
      async run(adapter) {
        await addAda(adapter);
        await adapter.createSession(session("session-1"));
        const stale = { ...options, account: { ...OLD, passwordHash: NEW_HASH } };
        await expectCode(() => adapter.createSession(session("session-2"), stale), "invalid_credentials");
        expect(await liveIds(adapter)).toEqual(["session-1"]);
      },
    }),
  ),
  {
    name: "createSession with an account that holds obeys the limit and replaces as without one",
    async run(adapter) {
      await addAda(adapter);
      await adapter.createSession(session("session-1", { createdAt: after(1) }));
      await adapter.createSession(session("session-2", { createdAt: after(2) }));
      const add = (id: string, options: CreateSessionOptions) =>
        adapter.createSession(session(id, { createdAt: after(3) }), { ...options, account: OLD });
      expect(await add("session-3", { limit: { max: 2, policy: "reject" } })).toBeNull();
      expect(await liveIds(adapter)).toEqual(["session-1", "session-2"]);
      const evicts = { max: 2, policy: "evict-oldest" } as const;
      expect(await add("session-3", { limit: evicts })).toEqual({ evicted: ["session-1"], replaced: null });
      const replaced = await add("session-4", { limit: evicts, replaces: { id: "session-2" } });
      expect(replaced).toEqual({ evicted: [], replaced: "session-2" });
      expect(await liveIds(adapter)).toEqual(["session-3", "session-4"]);
    },
  },
  ...Object.entries({ "no limit": {}, ...limitedTo(3) }).map(
    ([name, options]): AdapterCase => ({
      name: `I1: no session that began with the old hash outlives a change and an end of the sessions after it, with ${name}`,
      async run(adapter) {
        await addAda(adapter);
        for (let round = 0; round < 10; round++) {
          const hashes = [`${OLD.passwordHash}${round}`, `${OLD.passwordHash}${round + 1}`] as const;
          await adapter.updateAccount("account-1", { passwordHash: hashes[0] });
          await adapter.createSession(session("session-1"));
          await expectNoneLeft(adapter, round, { ...options, account: { ...OLD, passwordHash: hashes[0] } }, hashes[1]);
        }
      },
    }),
  ),
];

/** Starts sessions at once, and a change of the password among them. */
async function expectNoneLeft(
  adapter: Adapter,
  round: number,
  options: CreateSessionOptions,
  passwordHash: string,
): Promise<void> {
  const results = await atOnce(20, async (i) => {
    if (i !== round * 2) return adapter.createSession(session(`session-${round}-${i}`), options);
    const changed = await adapter.updateAccount("account-1", { passwordHash, updatedAt: after(HOUR) });
    expect(changed?.passwordHash).toBe(passwordHash);
    await adapter.deleteUserSessions("user-1");
    return null;
  });
  expect(new Set([...failures(results), "invalid_credentials"])).toEqual(new Set(["invalid_credentials"]));
  expect(await liveIds(adapter)).toEqual([]);
}

export const signInCases: AdapterCase[] = [...readCases, ...startCases];
