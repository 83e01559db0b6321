/** Rules for the proof of a mailbox (R-O7): what whoever set the account up left behind goes, and nothing of it comes back. */
import type { Adapter, EmailProof, EmailProved } from "../contracts/adapter.js";
import {
  type AdapterCase,
  account,
  addUsers,
  after,
  expectCode,
  HOUR,
  liveIds,
  NOW,
  session,
  user,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

const EMAIL = "ada@example.com";
const PHONE = "+4930123456";
const PASSWORD = { provider: "password", providerAccountId: "user-1", passwordHash: "$argon2id$v=19$b2xk" };
export const COMPARED = { id: "password-1", passwordHash: PASSWORD.passwordHash };
export const PROOF: EmailProof = { userId: "user-1", email: EMAIL, now: after(HOUR) };
/** What comes with the proof. */
export const NEW = account("new-1", { provider: "google", providerAccountId: "ada-at-google" });
const OLD_ACCOUNTS = ["account-1", "password-1"];
export const OLD_SESSIONS = ["agent-1", "expired-1", "session-1"];

/**
 * Adds `user-1`, set up by whoever it was: a password, a linked account, a phone, a session, an expired one and an agent's. `user-2` has
 * one of each, too.
 */
export async function addStrangers(adapter: Adapter, isProved = false): Promise<void> {
  const fields = { email: EMAIL, emailVerified: isProved, phone: PHONE, phoneVerified: true, name: "Ada" };
  await adapter.createUserWithAccount(user("user-1", fields), account("password-1", PASSWORD));
  await adapter.createAccount(account("account-1"));
  await adapter.createSession(session("session-1"));
  await adapter.createSession(session("expired-1", { expires: after(-1) }));
  await adapter.createSession(session("agent-1", { agentId: "agent" }));
  await addUsers(adapter, "user-2");
  await adapter.updateUser("user-2", { email: "grace@example.com", phone: "+1555" });
  await adapter.createAccount(account("account-2", { userId: "user-2" }));
  await adapter.createSession(session("session-2", { userId: "user-2" }));
}

export async function accountIds(adapter: Adapter, userId = "user-1"): Promise<string[]> {
  return (await adapter.listAccounts(userId)).map(({ id }) => id).sort();
}

/** Sessions of `user-1`, expired ones, too. */
export function allIds(adapter: Adapter): Promise<string[]> {
  return liveIds(adapter, "user-1", after(-HOUR));
}

export async function expectUnchanged(adapter: Adapter, isProved = false): Promise<void> {
  const fields = { email: EMAIL, emailVerified: isProved, phone: PHONE, phoneVerified: true, updatedAt: NOW };
  expect(await adapter.getUser("user-1")).toMatchObject(fields);
  expect([await accountIds(adapter), await allIds(adapter)]).toEqual([OLD_ACCOUNTS, OLD_SESSIONS]);
  await expectOthersUntouched(adapter);
}

async function expectOthersUntouched(adapter: Adapter): Promise<void> {
  expect(await adapter.getUser("user-2")).toMatchObject({ emailVerified: false, phone: "+1555", updatedAt: NOW });
  expect([await accountIds(adapter, "user-2"), await liveIds(adapter, "user-2")]).toEqual([
    ["account-2"],
    ["session-2"],
  ]);
}

export const proofCases: AdapterCase[] = [
  {
    name: "R-O7: proveEmail of an address that was not proved removes accounts, passwords, phone and sessions, then adds the account",
    async run(adapter) {
      await addStrangers(adapter);
      const before = await adapter.getUser("user-1");
      const { ended, ...proved } = (await adapter.proveEmail({ ...PROOF, account: NEW })) as EmailProved;
      const expected = { ...before, emailVerified: true, phone: null, phoneVerified: false, updatedAt: PROOF.now };
      expect(proved).toStrictEqual({ user: expected, wiped: true });
      expect(ended.sort()).toEqual(OLD_SESSIONS);
      expect(await adapter.getUser("user-1")).toStrictEqual(expected);
      expect(await allIds(adapter)).toEqual([]);
      expect(await adapter.listAccounts("user-1")).toMatchObject([NEW]);
      expect(await adapter.getUserByPhone(PHONE)).toBeNull();
      expect(await adapter.getAccount({ ...PASSWORD })).toBeNull();
      await expectOthersUntouched(adapter);
    },
  },
  {
    name: "R-O7: proveEmail of an address that was proved adds the account and changes nothing else",
    async run(adapter) {
      await addStrangers(adapter, true);
      const before = await adapter.getUser("user-1");
      const proved = await adapter.proveEmail({ ...PROOF, account: NEW });
      expect(proved).toStrictEqual({ user: before, wiped: false, ended: [] });
      expect(await accountIds(adapter)).toEqual(["account-1", "new-1", "password-1"]);
      expect(await adapter.getUser("user-1")).toStrictEqual(before);
      expect(await allIds(adapter)).toEqual(OLD_SESSIONS);
    },
  },
  {
    name: "proveEmail without an account wipes as with one, and a second one changes nothing",
    async run(adapter) {
      await addStrangers(adapter);
      const proved = await adapter.proveEmail(PROOF);
      expect({ ...proved, ended: proved?.ended.sort() }).toMatchObject({ wiped: true, ended: OLD_SESSIONS });
      expect([await accountIds(adapter), await allIds(adapter)]).toEqual([[], []]);
      await adapter.createSession(session("session-3"));
      await adapter.createAccount(NEW);
      const again = await adapter.proveEmail({ ...PROOF, now: after(2 * HOUR) });
      expect(again).toStrictEqual({ user: proved?.user, wiped: false, ended: [] });
      expect([await accountIds(adapter), await allIds(adapter)]).toEqual([["new-1"], ["session-3"]]);
    },
  },
  {
    name: "proveEmail: an account that goes is in nobody's way: the same one at the provider is added anew",
    async run(adapter) {
      await addStrangers(adapter);
      const same = { ...NEW, providerAccountId: "at-google-account-1" };
      expect((await adapter.proveEmail({ ...PROOF, account: same }))?.wiped).toBe(true);
      expect(await adapter.listAccounts("user-1")).toMatchObject([same]);
    },
  },
  {
    name: "proveEmail is null and changes nothing when there is no such user, or the address is another, compared exactly",
    async run(adapter) {
      await addStrangers(adapter);
      const wrong = [
        { userId: "nobody" },
        { userId: "user-2" },
        ...["Ada@example.com", `${EMAIL} `, "adá@example.com", "grace@example.com"].map((email) => ({ email })),
      ];
      for (const other of wrong) {
        const proof = { ...PROOF, ...other };
        expect(await adapter.proveEmail(proof), JSON.stringify(other)).toBeNull();
        expect(await adapter.proveEmail({ ...proof, account: { ...NEW, userId: proof.userId } })).toBeNull();
      }
      await expectUnchanged(adapter);
      await adapter.updateUser("user-1", { email: null });
      expect(await adapter.proveEmail(PROOF)).toBeNull();
    },
  },
  ...[false, true].map(
    (isProved): AdapterCase => ({
      name: `proveEmail, ${isProved ? "proved" : "not proved"} before: account_exists when the account is another user's, and nothing has changed`,
      async run(adapter) {
        await addStrangers(adapter, isProved);
        const taken = { ...NEW, providerAccountId: "at-google-account-2" };
        await expectCode(() => adapter.proveEmail({ ...PROOF, account: taken }), "account_exists");
        await expectUnchanged(adapter, isProved);
      },
    }),
  ),
  {
    name: "proveEmail: account_exists when the account is this user's and stays, and nothing has changed",
    async run(adapter) {
      await addStrangers(adapter, true);
      const own = { ...NEW, providerAccountId: "at-google-account-1" };
      await expectCode(() => adapter.proveEmail({ ...PROOF, account: own }), "account_exists");
      await expectUnchanged(adapter, true);
    },
  },
  {
    name: "proveEmail: an account that cannot be written leaves everything as it was",
    async run(adapter) {
      await addStrangers(adapter);
      const sameId = { ...NEW, id: "account-2" };
      await expect((async () => adapter.proveEmail({ ...PROOF, account: sameId }))()).rejects.toThrow();
      await expectUnchanged(adapter);
    },
  },
  {
    name: "proveEmail: an account of another user is request_invalid, and nothing has changed",
    async run(adapter, { statements }) {
      await addStrangers(adapter);
      const before = statements();
      const theirs = { ...NEW, userId: "user-2" };
      await expectCode(() => adapter.proveEmail({ ...PROOF, account: theirs }), "request_invalid");
      expect(statements() - before).toBe(0);
      await expectUnchanged(adapter);
    },
  },
  {
    name: "proveEmail: a password from before starts no session and cannot be replaced or changed any more",
    async run(adapter) {
      await addStrangers(adapter);
      await adapter.proveEmail({ ...PROOF, account: NEW });
      for (const options of [
        {},
        { limit: { max: 2, policy: "evict-oldest" } },
        { replaces: { id: "session-1" } },
      ] as const)
        await expectCode(
          () => adapter.createSession(session("late"), { ...options, account: COMPARED }),
          "invalid_credentials",
        );
      const replacement = { account: { ...COMPARED, userId: "user-1" }, passwordHash: "new", updatedAt: after(1) };
      expect(await adapter.replacePassword(replacement)).toBeNull();
      expect(await adapter.updateAccount(COMPARED.id, { passwordHash: "new" }, COMPARED)).toBeNull();
      expect([await allIds(adapter), await accountIds(adapter)]).toEqual([[], ["new-1"]]);
    },
  },
];
