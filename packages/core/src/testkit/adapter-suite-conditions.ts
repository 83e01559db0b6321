/** Rules for what a sign-in and a link depend on: the account that led to the user, and the session that asked (R-O7). */
import type { Adapter, CreateSessionOptions } from "../contracts/adapter.js";
import { accountIds, addStrangers, allIds, expectUnchanged, NEW, PROOF } from "./adapter-suite-proof.js";
import {
  type AdapterCase,
  account,
  after,
  atOnce,
  expectCode,
  failures,
  session,
  user,
  values,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

/** Everything that makes more of a sign-in than one insert. */
const WAYS: Readonly<Record<string, CreateSessionOptions>> = {
  "no limit": {},
  "evict-oldest": { limit: { max: 1, policy: "evict-oldest" } },
  reject: { limit: { max: 9, policy: "reject" } },
  "a session to replace": { replaces: { id: "session-1" } },
  "evict-oldest and a session to replace": {
    limit: { max: 1, policy: "evict-oldest" },
    replaces: { tokenHash: "hash-of-session-1" },
  },
};
/** Of the account that `user-2` has. */
const KEY_OF_2 = { providerAccountId: "at-google-account-2" };
const IN_SESSION = { session: "session-1" };
const ROUNDS = 20;
const CALLS = 10;

/** Runs calls at once, and one among them that is first, last or anywhere between, round by round. */
async function beside<T>(
  adapter: Adapter,
  one: () => Promise<unknown>,
  call: (i: number) => Promise<T>,
  check: (others: PromiseSettledResult<unknown>[]) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await addStrangers(adapter);
    const place = round % CALLS;
    const results = await atOnce<unknown>(CALLS, (i) => (i === place ? one() : call(i)));
    values(results.slice(place, place + 1));
    await check(results.filter((_, i) => i !== place));
    for (const id of ["user-1", "user-2"]) await adapter.deleteUser(id);
  }
}

const accountCases: AdapterCase[] = [
  {
    name: "createSession with an account and no hash adds the session while the user has the account, in one statement",
    async run(adapter, { statements }) {
      await addStrangers(adapter);
      // With a password or without: nobody compared it.
      for (const id of ["account-1", "password-1"]) {
        const before = statements();
        const created = await adapter.createSession(session(`by-${id}`), { account: { id } });
        expect(created).toEqual({ evicted: [], replaced: null });
        expect(statements() - before).toBeLessThanOrEqual(1);
      }
      expect(await allIds(adapter)).toEqual(["agent-1", "by-account-1", "by-password-1", "expired-1", "session-1"]);
    },
  },
  ...Object.entries(WAYS).map(
    ([way, options]): AdapterCase => ({
      name: `createSession with an account and ${way} is invalid_credentials unless the account is there and this user's; nothing has changed`,
      async run(adapter) {
        await addStrangers(adapter);
        await adapter.createAccount(account("gone"));
        await adapter.deleteAccount("gone", "user-1");
        for (const id of ["gone", "account-2", "Account-1", "user-1"])
          await expectCode(
            () => adapter.createSession(session("late"), { ...options, account: { id } }),
            "invalid_credentials",
          );
        await adapter.updateAccount("account-2", { passwordHash: "theirs" });
        const theirs = { id: "account-2", passwordHash: "theirs" };
        await expectCode(
          () => adapter.createSession(session("late"), { ...options, account: theirs }),
          "invalid_credentials",
        );
        await expectUnchanged(adapter);
      },
    }),
  ),
  {
    name: "createSession with an account and no hash is user_not_found for a user who does not exist",
    async run(adapter) {
      await addStrangers(adapter);
      const orphan = session("late", { userId: "nobody" });
      for (const options of Object.values(WAYS))
        for (const id of ["account-1", "gone"])
          await expectCode(() => adapter.createSession(orphan, { ...options, account: { id } }), "user_not_found");
      await expectUnchanged(adapter);
    },
  },
  {
    name: "createSession with an account and no hash obeys the limit and replaces as without one",
    async run(adapter) {
      await addStrangers(adapter);
      const held = { account: { id: "account-1" } };
      const rejects = { max: 1, policy: "reject" } as const;
      expect(await adapter.createSession(session("session-3"), { ...held, limit: rejects })).toBeNull();
      const evicts = { max: 1, policy: "evict-oldest" } as const;
      const evicting = await adapter.createSession(session("session-3"), { ...held, limit: evicts });
      expect(evicting).toEqual({ evicted: ["session-1"], replaced: null });
      const replacing = await adapter.createSession(session("session-4"), { ...held, replaces: { id: "session-3" } });
      expect(replacing).toEqual({ evicted: [], replaced: "session-3" });
      expect(await allIds(adapter)).toEqual(["agent-1", "expired-1", "session-4"]);
    },
  },
  ...Object.entries(WAYS).map(
    ([way, options]): AdapterCase => ({
      name: `R-O7: of sign-ins with an account from before, beside a proof of the mailbox, none leaves a session, with ${way}`,
      run: (adapter) =>
        beside(
          adapter,
          async () => expect(await adapter.proveEmail({ ...PROOF, account: NEW })).toMatchObject({ wiped: true }),
          (i) => adapter.createSession(session(`s-${i}`), { ...options, account: { id: "account-1" } }),
          async (others) => {
            expect(new Set([...failures(others), "invalid_credentials"])).toEqual(new Set(["invalid_credentials"]));
            expect(await allIds(adapter)).toEqual([]);
          },
        ),
    }),
  ),
  {
    name: "of sign-ins with an account, beside its removal and then an end of the sessions, none leaves a session",
    run: (adapter) =>
      beside(
        adapter,
        async () => {
          expect(await adapter.deleteAccount("account-1", "user-1", { unlessLast: true })).toBe(true);
          await adapter.deleteUserSessions("user-1");
        },
        (i) => adapter.createSession(session(`s-${i}`), { account: { id: "account-1" } }),
        async (others) => {
          expect(new Set([...failures(others), "invalid_credentials"])).toEqual(new Set(["invalid_credentials"]));
          expect(await allIds(adapter)).toEqual([]);
        },
      ),
  },
];

const linkCases: AdapterCase[] = [
  {
    name: "createAccount with a session adds the account while its user has the session, expired or not",
    async run(adapter) {
      await addStrangers(adapter);
      const linked = await adapter.createAccount(NEW, { session: "session-1" });
      expect(linked).toMatchObject(NEW);
      expect(await adapter.getAccount({ ...NEW })).toStrictEqual(linked);
      await adapter.createAccount(account("new-2"), { session: "expired-1" });
      expect(await accountIds(adapter)).toEqual(["account-1", "new-1", "new-2", "password-1"]);
      await expectCode(() => adapter.createAccount(account("new-3", { ...KEY_OF_2 }), IN_SESSION), "account_exists");
    },
  },
  {
    name: "createAccount with a session is unauthorized when the session is gone or another user's; nothing has changed",
    async run(adapter) {
      await addStrangers(adapter);
      await adapter.createSession(session("ended"));
      await adapter.deleteSession({ id: "ended" });
      for (const id of ["ended", "session-2", "Session-1", "hash-of-session-1"])
        await expectCode(() => adapter.createAccount(NEW, { session: id }), "unauthorized");
      await expectUnchanged(adapter);
    },
  },
  {
    name: "createAccount with a session is unauthorized before it is account_exists or user_not_found",
    async run(adapter) {
      await addStrangers(adapter);
      const taken = account("new-1", KEY_OF_2);
      await expectCode(() => adapter.createAccount(taken, { session: "ended" }), "unauthorized");
      await expectCode(() => adapter.createAccount({ ...NEW, userId: "nobody" }, IN_SESSION), "unauthorized");
      await expectUnchanged(adapter);
    },
  },
  {
    name: "createAccount with a session is unauthorized for a user who is disabled; nothing has changed",
    async run(adapter) {
      await addStrangers(adapter);
      for (const disabledAt of [after(-1), after(1)]) {
        await adapter.updateUser("user-1", { disabledAt });
        await expectCode(() => adapter.createAccount(NEW, IN_SESSION), "unauthorized");
      }
      await expectUnchanged(adapter);
      await adapter.updateUser("user-1", { disabledAt: null });
      expect(await adapter.createAccount(NEW, IN_SESSION)).toMatchObject(NEW);
    },
  },
  {
    name: "R-O7: of links in a session from before, beside a proof of the mailbox, none leaves an account",
    run: (adapter) =>
      beside(
        adapter,
        async () => expect(await adapter.proveEmail({ ...PROOF, account: NEW })).toMatchObject({ wiped: true }),
        (i) => adapter.createAccount(account(`linked-${i}`), IN_SESSION),
        async (others) => {
          expect(new Set([...failures(others), "unauthorized"])).toEqual(new Set(["unauthorized"]));
          expect(await accountIds(adapter)).toEqual(["new-1"]);
        },
      ),
  },
  {
    name: "of links beside the end of the user, none is left",
    run: (adapter) =>
      beside(
        adapter,
        () => adapter.deleteUser("user-1"),
        (i) => adapter.createAccount(account(`linked-${i}`), IN_SESSION),
        async (others) => {
          expect(new Set([...failures(others), "unauthorized"])).toEqual(new Set(["unauthorized"]));
          await adapter.createUser(user("user-1"));
          expect(await accountIds(adapter)).toEqual([]);
        },
      ),
  },
];

export const conditionCases: AdapterCase[] = [...accountCases, ...linkCases];
