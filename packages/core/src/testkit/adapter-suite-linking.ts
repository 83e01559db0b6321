/** Rules for accounts at providers: whose they are, that a change of a token is not lost, and that nobody removes their last way in. */
import type { AccountCondition, Adapter } from "../contracts/adapter.js";
import {
  type AdapterCase,
  account,
  addUsers,
  after,
  atOnce,
  expectCode,
  failures,
  user,
  values,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

const KEY = { provider: "google", providerAccountId: "at-google-account-1" };
const TOKEN = "sealed.Rm9vQmFy";

async function accountIds(adapter: Adapter, userId = "user-1"): Promise<string[]> {
  return (await adapter.listAccounts(userId)).map(({ id }) => id).sort();
}

/** Adds `user-1` with these accounts. */
async function addAccounts(adapter: Adapter, ...ids: string[]): Promise<void> {
  await addUsers(adapter, "user-1");
  for (const id of ids) await adapter.createAccount(account(id));
}

const readCases: AdapterCase[] = [
  {
    name: "getUserWithAccount by provider account finds that account and its user, whole",
    async run(adapter) {
      await adapter.createUserWithAccount(user("user-1", { email: "ada@example.com", name: "Ada" }), account());
      await addUsers(adapter, "user-2");
      await adapter.createAccount(account("account-2", { userId: "user-2", refreshToken: TOKEN }));
      await adapter.createAccount(account("account-3", { provider: "github" }));
      for (const [id, userId] of [
        ["account-1", "user-1"],
        ["account-2", "user-2"],
      ] as const) {
        const key = { ...KEY, providerAccountId: `at-google-${id}` };
        const expected = { user: await adapter.getUser(userId), account: await adapter.getAccount(key) };
        expect(await adapter.getUserWithAccount(key)).toStrictEqual(expected);
        expect(expected.account?.userId).toBe(userId);
      }
    },
  },
  {
    name: "getUserWithAccount by provider account is null when there is no such account, compared exactly",
    async run(adapter) {
      await addAccounts(adapter, "account-1");
      const wrong = ["at-google-account-2", "AT-GOOGLE-ACCOUNT-1", "at-google-account-1 ", "at-google-%", "user-1"];
      for (const providerAccountId of wrong)
        expect(await adapter.getUserWithAccount({ ...KEY, providerAccountId }), providerAccountId).toBeNull();
      for (const provider of ["github", "Google", "google "])
        expect(await adapter.getUserWithAccount({ ...KEY, provider }), provider).toBeNull();
    },
  },
  {
    name: "getUserWithAccount by provider account returns a disabled user: the caller judges",
    async run(adapter) {
      await addAccounts(adapter, "account-1");
      await adapter.updateUser("user-1", { disabledAt: after(-1) });
      expect((await adapter.getUserWithAccount(KEY))?.user.disabledAt).toEqual(after(-1));
    },
  },
  {
    name: "getUserWithAccount by provider account is one statement, whether or not there is one",
    async run(adapter, { statements }) {
      await addAccounts(adapter, "account-1");
      for (const key of [KEY, { ...KEY, provider: "github" }]) {
        const before = statements();
        await adapter.getUserWithAccount(key);
        expect(statements() - before, key.provider).toBeLessThanOrEqual(1);
      }
    },
  },
];

const changeCases: AdapterCase[] = [
  {
    name: "updateAccount with a condition changes nothing once the refreshToken is another, compared exactly",
    async run(adapter) {
      await addAccounts(adapter, "account-2");
      const stored = await adapter.createAccount(account("account-1", { refreshToken: TOKEN }));
      const change = { accessToken: "sealed-new", refreshToken: "sealed-next", updatedAt: after(5) };
      for (const refreshToken of [TOKEN.toLowerCase(), `${TOKEN} `, TOKEN.slice(0, -1), "%", "sealed-next"])
        expect(await adapter.updateAccount("account-1", change, { refreshToken }), refreshToken).toBeNull();
      // Without a token it is none that anybody compared.
      expect(await adapter.updateAccount("account-2", change, { refreshToken: TOKEN })).toBeNull();
      expect(await adapter.getAccount(KEY)).toEqual(stored);
      expect(await adapter.updateAccount("account-1", change, { refreshToken: TOKEN })).toEqual({
        ...stored,
        ...change,
      });
    },
  },
  {
    name: "updateAccount: of 20 changes at once from one refreshToken one wins",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      await adapter.createAccount(account("account-1", { refreshToken: TOKEN }));
      const changed = values(
        await atOnce(20, (i) =>
          adapter.updateAccount("account-1", { refreshToken: `${TOKEN}${i}` }, { refreshToken: TOKEN }),
        ),
      );
      const winners = changed.filter((result) => result !== null);
      expect(winners).toHaveLength(1);
      expect(await adapter.getAccount(KEY)).toEqual(winners[0]);
    },
  },
  {
    name: "updateAccount with both fields in its condition needs both",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      const both = { passwordHash: "hash", refreshToken: TOKEN };
      await adapter.createAccount(account("account-1", both));
      for (const other of [{ passwordHash: "other" }, { refreshToken: "other" }])
        expect(await adapter.updateAccount("account-1", { scope: "x" }, { ...both, ...other })).toBeNull();
      expect((await adapter.updateAccount("account-1", { scope: "x" }, both))?.scope).toBe("x");
    },
  },
  {
    name: "updateAccount: a condition without a field is request_invalid, not no condition",
    async run(adapter, { statements }) {
      await addAccounts(adapter, "account-1");
      const before = statements();
      const empty = {} as AccountCondition;
      await expectCode(() => adapter.updateAccount("account-1", { scope: "x" }, empty), "request_invalid");
      expect(statements() - before).toBe(0);
      expect((await adapter.getAccount(KEY))?.scope).toBeNull();
    },
  },
];

const unlinkCases: AdapterCase[] = [
  {
    name: "deleteAccount unlessLast removes an account of a user who has another one, once",
    async run(adapter) {
      await addAccounts(adapter, "account-1", "account-2", "account-3");
      expect(await adapter.deleteAccount("account-1", "user-1", { unlessLast: true })).toBe(true);
      expect(await adapter.deleteAccount("account-1", "user-1", { unlessLast: true })).toBe(false);
      expect(await accountIds(adapter)).toEqual(["account-2", "account-3"]);
      expect(await adapter.deleteAccount("account-2", "user-1", { unlessLast: true })).toBe(true);
      expect(await accountIds(adapter)).toEqual(["account-3"]);
    },
  },
  {
    name: "deleteAccount unlessLast refuses the only one with last_account, and it is still there",
    async run(adapter) {
      await addAccounts(adapter, "account-1");
      // Another user's is no way in for this one.
      await addUsers(adapter, "user-2");
      await adapter.createAccount(account("account-2", { userId: "user-2" }));
      await expectCode(() => adapter.deleteAccount("account-1", "user-1", { unlessLast: true }), "last_account");
      expect(await accountIds(adapter)).toEqual(["account-1"]);
      expect(await adapter.deleteAccount("account-1", "user-1", { unlessLast: false })).toBe(true);
      expect([await accountIds(adapter), await accountIds(adapter, "user-2")]).toEqual([[], ["account-2"]]);
    },
  },
  {
    name: "deleteAccount unlessLast is false for an account that is not there or another user's, also where there is one left",
    async run(adapter) {
      await addAccounts(adapter, "account-1");
      await addUsers(adapter, "user-2");
      for (const id of ["account-2", "account-3"]) await adapter.createAccount(account(id, { userId: "user-2" }));
      for (const [id, userId] of [
        ["nothing", "user-1"],
        ["account-2", "user-1"],
        ["account-1", "user-2"],
        ["account-1", "nobody"],
      ] as const)
        expect(await adapter.deleteAccount(id, userId, { unlessLast: true }), `${id} of ${userId}`).toBe(false);
      expect(await accountIds(adapter)).toEqual(["account-1"]);
      expect(await accountIds(adapter, "user-2")).toEqual(["account-2", "account-3"]);
    },
  },
  {
    name: "of 20 calls of deleteAccount unlessLast at once, for two accounts, one removes: the user keeps exactly one",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      for (let round = 0; round < 5; round++) {
        const ids = [`account-${round}-a`, `account-${round}-b`] as const;
        for (const id of ids) await adapter.createAccount(account(id));
        const results = await atOnce(20, (i) =>
          adapter.deleteAccount(ids[i % 2] as string, "user-1", { unlessLast: true }),
        );
        const answers = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
        // Nine more asked for the one that went, ten for the one that stays.
        expect(answers.sort()).toEqual([...Array(9).fill(false), true]);
        expect(failures(results)).toEqual(Array(10).fill("last_account"));
        const left = await accountIds(adapter);
        expect(left).toHaveLength(1);
        await adapter.deleteAccount(left[0] as string, "user-1");
      }
    },
  },
  {
    name: "deleteAccount unlessLast beside links of further accounts at once: never none is left",
    async run(adapter) {
      await addAccounts(adapter, "account-1");
      const results = await atOnce<unknown>(20, (i) =>
        i % 2 === 0
          ? adapter.createAccount(account(`more-${i}`))
          : adapter.deleteAccount("account-1", "user-1", { unlessLast: true }),
      );
      expect(new Set([...failures(results), "last_account"])).toEqual(new Set(["last_account"]));
      const more = Array.from({ length: 10 }, (_, i) => `more-${2 * i}`);
      const isGone = values(results.filter(({ status }) => status === "fulfilled")).includes(true);
      expect(await accountIds(adapter)).toEqual([...(isGone ? [] : ["account-1"]), ...more].sort());
    },
  },
];

export const linkingCases: AdapterCase[] = [...readCases, ...changeCases, ...unlinkCases];
