/** Rules for accounts: one owner of each provider account, both or neither of user and account. */
import {
  type AdapterCase,
  account,
  addUsers,
  after,
  atOnce,
  expectCode,
  failures,
  HOUR,
  user,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

const KEY = { provider: "google", providerAccountId: "at-google-account-1" };
const FULL = {
  passwordHash: "$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA",
  accessToken: "sealed-a",
  refreshToken: "sealed-r",
  idToken: `sealed-${"x".repeat(8000)}`,
  accessTokenExpires: after(HOUR + 1),
  scope: "openid email",
  updatedAt: after(999),
};
const EMPTY = {
  passwordHash: null,
  accessToken: null,
  refreshToken: null,
  idToken: null,
  accessTokenExpires: null,
  scope: null,
};

export const accountCases: AdapterCase[] = [
  {
    name: "createAccount stores every field, and null for what is left out",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      const full = await adapter.createAccount(account("account-1", FULL));
      expect(full).toEqual(account("account-1", FULL));
      const bare = await adapter.createAccount(account("account-2", { scope: undefined }));
      expect(bare).toStrictEqual({ ...account("account-2"), ...EMPTY });
      expect(await adapter.getAccount(KEY)).toEqual(full);
      expect(await adapter.getAccount({ ...KEY, providerAccountId: "at-google-account-2" })).toStrictEqual(bare);
    },
  },
  {
    name: "createAccount refuses a provider account that is linked with account_exists",
    async run(adapter) {
      await addUsers(adapter, "user-1", "user-2");
      await adapter.createAccount(account("account-1"));
      await expectCode(() => adapter.createAccount(account("other", { ...KEY, userId: "user-2" })), "account_exists");
      await expectCode(() => adapter.createAccount(account("other", KEY)), "account_exists");
      expect((await adapter.getAccount(KEY))?.userId).toBe("user-1");
      expect(await adapter.listAccounts("user-2")).toEqual([]);
    },
  },
  {
    name: "of 50 links of one provider account at once, one is made",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      const results = await atOnce(50, (i) => adapter.createAccount(account(`account-${i}`, KEY)));
      expect(failures(results)).toEqual(Array(49).fill("account_exists"));
      expect(await adapter.listAccounts("user-1")).toHaveLength(1);
    },
  },
  {
    name: "createAccount adds nothing for a user who does not exist",
    async run(adapter) {
      await expect((async () => adapter.createAccount(account()))()).rejects.toThrow();
      expect(await adapter.getAccount(KEY)).toBeNull();
    },
  },
  {
    name: "getAccount needs the provider and the id there, both exactly",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      await adapter.createAccount(account("account-1"));
      expect(await adapter.getAccount({ ...KEY, provider: "github" })).toBeNull();
      expect(await adapter.getAccount({ ...KEY, provider: "Google" })).toBeNull();
      expect(await adapter.getAccount({ ...KEY, providerAccountId: "AT-GOOGLE-ACCOUNT-1" })).toBeNull();
      expect((await adapter.getAccount(KEY))?.id).toBe("account-1");
      await adapter.createAccount(account("account-2", { ...KEY, provider: "github" }));
    },
  },
  {
    name: "listAccounts has this user's accounts and no others",
    async run(adapter) {
      await addUsers(adapter, "user-1", "user-2");
      for (const id of ["account-1", "account-2"]) await adapter.createAccount(account(id));
      await adapter.createAccount(account("account-3", { userId: "user-2" }));
      expect((await adapter.listAccounts("user-1")).map(({ id }) => id).sort()).toEqual(["account-1", "account-2"]);
      expect(await adapter.listAccounts("nobody")).toEqual([]);
    },
  },
  {
    name: "updateAccount changes what is defined and returns the account; null for an unknown one",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      await adapter.createAccount(account("account-1", FULL));
      const change = { accessToken: "sealed-b", scope: null, idToken: undefined, updatedAt: after(5) };
      const expected = { ...account("account-1", FULL), ...change, idToken: FULL.idToken };
      expect(await adapter.updateAccount("account-1", change)).toEqual(expected);
      expect(await adapter.getAccount(KEY)).toEqual(expected);
      expect(await adapter.updateAccount("account-1", {})).toEqual(expected);
      expect(await adapter.updateAccount("nothing", change)).toBeNull();
    },
  },
  {
    name: "updateAccount with a condition changes nothing once the passwordHash is another: of many changes one wins",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      await adapter.createAccount(account("account-1", { passwordHash: "old" }));
      const to = (passwordHash: string) => ({ passwordHash, updatedAt: after(5) });
      expect(await adapter.updateAccount("account-1", to("new"), { passwordHash: "other" })).toBeNull();
      expect((await adapter.getAccount(KEY))?.passwordHash).toBe("old");
      const names = Array.from({ length: 20 }, (_, index) => `new-${index}`);
      const changed = await Promise.all(
        names.map((name) => adapter.updateAccount("account-1", to(name), { passwordHash: "old" })),
      );
      const winners = changed.filter((result) => result !== null);
      expect(winners).toHaveLength(1);
      expect(await adapter.getAccount(KEY)).toEqual(winners[0]);
    },
  },
  {
    name: "deleteAccount removes an account only if it is this user's, once",
    async run(adapter) {
      await addUsers(adapter, "user-1", "user-2");
      for (const id of ["account-1", "account-2"]) await adapter.createAccount(account(id));
      expect(await adapter.deleteAccount("account-1", "user-2")).toBe(false);
      expect(await adapter.deleteAccount("nothing", "user-1")).toBe(false);
      expect((await adapter.getAccount(KEY))?.id).toBe("account-1");
      expect(await adapter.deleteAccount("account-1", "user-1")).toBe(true);
      expect(await adapter.deleteAccount("account-1", "user-1")).toBe(false);
      expect((await adapter.listAccounts("user-1")).map(({ id }) => id)).toEqual(["account-2"]);
    },
  },
  {
    name: "createUserWithAccount adds both",
    async run(adapter) {
      const created = await adapter.createUserWithAccount(user("user-1", { name: "Ada" }), account("account-1"));
      expect(created).toEqual(await adapter.getUser("user-1"));
      expect(created).toMatchObject({ name: "Ada", email: null, emailVerified: false });
      expect(await adapter.getAccount(KEY)).toStrictEqual({ ...account("account-1"), ...EMPTY });
    },
  },
  {
    name: "createUserWithAccount adds neither when the account exists",
    async run(adapter) {
      await adapter.createUserWithAccount(user("user-1"), account("account-1"));
      const second = user("user-2", { email: "grace@example.com" });
      const taken = account("account-2", { ...KEY, userId: "user-2" });
      await expectCode(() => adapter.createUserWithAccount(second, taken), "account_exists");
      expect([await adapter.getUser("user-2"), await adapter.getUserByEmail("grace@example.com")]).toEqual([
        null,
        null,
      ]);
      expect((await adapter.getAccount(KEY))?.userId).toBe("user-1");
    },
  },
  {
    name: "createUserWithAccount adds neither when the user exists",
    async run(adapter) {
      await adapter.createUser(user("user-1", { email: "ada@example.com" }));
      const second = user("user-2", { email: "ada@example.com" });
      const theirs = account("account-1", { userId: "user-2" });
      await expectCode(() => adapter.createUserWithAccount(second, theirs), "user_exists");
      expect([await adapter.getUser("user-2"), await adapter.getAccount(KEY)]).toEqual([null, null]);
    },
  },
  {
    name: "of 50 first sign-ins with one provider account at once, one makes a user and no other user is left",
    async run(adapter) {
      const results = await atOnce(50, (i) => {
        const userId = `user-${i}`;
        return adapter.createUserWithAccount(user(userId), account(`account-${i}`, { ...KEY, userId }));
      });
      expect(failures(results)).toEqual(Array(49).fill("account_exists"));
      const users = await Promise.all(results.map((_, i) => adapter.getUser(`user-${i}`)));
      const winner = (await adapter.getAccount(KEY))?.userId;
      expect(users.flatMap((found) => (found === null ? [] : [found.id]))).toEqual([winner]);
    },
  },
];
