/** Rules for users: defaults, exact addresses, one owner of each, cascade. */
import {
  type AdapterCase,
  account,
  addUsers,
  after,
  atOnce,
  expectCode,
  failures,
  HOUR,
  NOW,
  session,
  user,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

const FULL = {
  email: "ada@example.com",
  emailVerified: true,
  phone: "+4930123456",
  phoneVerified: true,
  name: 'Ada Lovelace 🦉 "O\'Brien" %_\\',
  picture: "https://example.com/ada.png?a=1&b=2",
  createdAt: after(1),
  updatedAt: after(876),
  disabledAt: after(-1),
};

/** Addresses that differ, however alike they look. */
const UNLIKE_ADA = [
  "Ada@example.com",
  "ADA@EXAMPLE.COM",
  "ada@example.com ",
  " ada@example.com",
  "adá@example.com",
  "ad\u0061\u0301@example.com", // the same letter, composed of two characters
  "аda@example.com", // Cyrillic а
  "ada@example.co_",
  "ada%",
];

export const userCases: AdapterCase[] = [
  {
    name: "createUser stores every field as it was given, instants to the millisecond",
    async run(adapter) {
      const created = await adapter.createUser(user("user-1", FULL));
      expect(created).toEqual({ id: "user-1", ...FULL });
      expect(await adapter.getUser("user-1")).toEqual(created);
    },
  },
  {
    name: "createUser gives what is left out, or undefined, the value null or false",
    async run(adapter) {
      const empty = { email: null, phone: null, name: null, picture: null, disabledAt: null };
      const expected = { ...user(), ...empty, emailVerified: false, phoneVerified: false };
      expect(await adapter.createUser(user("user-1", { email: undefined, name: undefined }))).toStrictEqual(expected);
      expect(await adapter.getUser("user-1")).toStrictEqual(expected);
    },
  },
  {
    name: "an empty text stays empty and is not null",
    async run(adapter) {
      await adapter.createUser(user("user-1", { name: "" }));
      expect((await adapter.getUser("user-1"))?.name).toBe("");
    },
  },
  {
    name: "many users may have no email and no phone",
    async run(adapter) {
      await addUsers(adapter, "user-1", "user-2", "user-3");
      expect((await adapter.getUser("user-3"))?.email).toBeNull();
    },
  },
  {
    name: "createUser refuses an email or a phone that is taken with user_exists and adds nothing",
    async run(adapter) {
      await adapter.createUser(user("user-1", FULL));
      await expectCode(() => adapter.createUser(user("user-2", { email: FULL.email })), "user_exists");
      await expectCode(() => adapter.createUser(user("user-3", { phone: FULL.phone })), "user_exists");
      expect([await adapter.getUser("user-2"), await adapter.getUser("user-3")]).toEqual([null, null]);
    },
  },
  {
    name: "createUser never changes a user that is there",
    async run(adapter) {
      await adapter.createUser(user("user-1", FULL));
      await expect((async () => adapter.createUser(user("user-1", { name: "Eve" })))()).rejects.toThrow();
      expect((await adapter.getUser("user-1"))?.name).toBe(FULL.name);
    },
  },
  {
    name: "of 50 users with one email at once, one is added and the others get user_exists",
    async run(adapter) {
      const results = await atOnce(50, (i) => adapter.createUser(user(`user-${i}`, { email: FULL.email })));
      expect(failures(results)).toEqual(Array(49).fill("user_exists"));
      const found = await Promise.all(results.map((_, i) => adapter.getUser(`user-${i}`)));
      expect(found.filter((one) => one !== null)).toHaveLength(1);
    },
  },
  {
    name: "getUserByEmail and getUserByPhone compare exactly",
    async run(adapter) {
      await adapter.createUser(user("user-1", FULL));
      for (const email of UNLIKE_ADA) expect(await adapter.getUserByEmail(email), email).toBeNull();
      for (const phone of ["+4930123456 ", "4930123456", "+49 30 123456"])
        expect(await adapter.getUserByPhone(phone), phone).toBeNull();
      expect((await adapter.getUserByEmail(FULL.email))?.id).toBe("user-1");
      expect((await adapter.getUserByPhone(FULL.phone))?.id).toBe("user-1");
    },
  },
  {
    name: "emails that differ in case, space or Unicode form belong to different users",
    async run(adapter) {
      await adapter.createUser(user("user-1", FULL));
      for (const [i, email] of UNLIKE_ADA.entries()) await adapter.createUser(user(`other-${i}`, { email }));
      for (const [i, email] of UNLIKE_ADA.entries())
        expect(await adapter.getUserByEmail(email)).toMatchObject({ id: `other-${i}`, email });
    },
  },
  {
    name: "an unknown user is null for every read and change, and false for a delete",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      expect(await adapter.getUser("nobody")).toBeNull();
      expect(await adapter.getUserByEmail("nobody@example.com")).toBeNull();
      expect(await adapter.getUserByPhone("+1")).toBeNull();
      expect(await adapter.updateUser("nobody", { name: "Eve" })).toBeNull();
      expect(await adapter.deleteUser("nobody")).toBe(false);
    },
  },
  {
    name: "updateUser changes what is defined, sets null, keeps undefined, and returns the user as it now is",
    async run(adapter) {
      await adapter.createUser(user("user-1", FULL));
      await adapter.createUser(user("user-2", { name: "Grace" }));
      const change = { name: null, picture: undefined, disabledAt: null, updatedAt: after(HOUR + 7) };
      const expected = { id: "user-1", ...FULL, ...change, picture: FULL.picture };
      expect(await adapter.updateUser("user-1", change)).toEqual(expected);
      expect(await adapter.getUser("user-1")).toEqual(expected);
      expect((await adapter.getUser("user-2"))?.name).toBe("Grace");
    },
  },
  {
    name: "updateUser with nothing to change returns the user",
    async run(adapter) {
      await adapter.createUser(user("user-1", FULL));
      expect(await adapter.updateUser("user-1", {})).toEqual({ id: "user-1", ...FULL });
      expect(await adapter.updateUser("user-1", { name: undefined })).toEqual({ id: "user-1", ...FULL });
      expect(await adapter.updateUser("nobody", {})).toBeNull();
    },
  },
  {
    name: "updateUser refuses an address that is taken with user_exists and changes nothing",
    async run(adapter) {
      await adapter.createUser(user("user-1", FULL));
      await adapter.createUser(user("user-2", { name: "Grace" }));
      await expectCode(() => adapter.updateUser("user-2", { name: "Eve", email: FULL.email }), "user_exists");
      await expectCode(() => adapter.updateUser("user-2", { name: "Eve", phone: FULL.phone }), "user_exists");
      expect(await adapter.getUser("user-2")).toMatchObject({ name: "Grace", email: null, phone: null });
    },
  },
  {
    name: "an address that its owner gave up can be taken",
    async run(adapter) {
      await adapter.createUser(user("user-1", FULL));
      await adapter.updateUser("user-1", { email: "new@example.com" });
      await adapter.createUser(user("user-2", { email: FULL.email }));
      expect((await adapter.getUserByEmail(FULL.email))?.id).toBe("user-2");
      expect((await adapter.getUserByEmail("new@example.com"))?.id).toBe("user-1");
    },
  },
  {
    name: "deleteUser removes the user with all sessions and accounts, and nobody else's",
    async run(adapter) {
      await adapter.createUser(user("user-1", FULL));
      await addUsers(adapter, "user-2");
      await adapter.createSession(session("session-1"));
      await adapter.createSession(session("session-2", { userId: "user-2" }));
      await adapter.createAccount(account("account-1"));
      await adapter.createAccount(account("account-2", { userId: "user-2" }));
      expect(await adapter.deleteUser("user-1")).toBe(true);

      expect([await adapter.getUser("user-1"), await adapter.getSession({ id: "session-1" })]).toEqual([null, null]);
      expect(await adapter.listSessions("user-1", NOW)).toEqual([]);
      expect(await adapter.getAccount({ provider: "google", providerAccountId: "at-google-account-1" })).toBeNull();
      expect((await adapter.getSession({ id: "session-2" }))?.user.id).toBe("user-2");
      expect(await adapter.listAccounts("user-2")).toHaveLength(1);
      expect(await adapter.deleteUser("user-1")).toBe(false);
      await adapter.createUser(user("user-3", { email: FULL.email, phone: FULL.phone }));
    },
  },
  {
    name: "a record that was handed out is a copy: changing it changes nothing stored",
    async run(adapter) {
      const given = user("user-1", { ...FULL, createdAt: new Date(NOW) });
      const created = await adapter.createUser(given);
      given.createdAt.setTime(0);
      created.createdAt.setTime(0);
      created.name = "Eve";
      const read = await adapter.getUser("user-1");
      read?.updatedAt.setTime(0);
      expect(await adapter.getUser("user-1")).toEqual({ id: "user-1", ...FULL, createdAt: NOW });
    },
  },
];
