/** Rules for sessions: stored whole, read in one statement, changed on a condition, dead once deleted. */
import {
  type AdapterCase,
  addSessions,
  addUsers,
  after,
  atOnce,
  DATA,
  expectCode,
  FULL_SESSION,
  HOUR,
  liveIds,
  NOW,
  session,
  user,
  values,
  withoutHash,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

export const sessionCases: AdapterCase[] = [
  {
    name: "createSession stores every field as it was given, and getSession finds it by id and by hash",
    async run(adapter) {
      await addSessions(adapter, session("session-1", FULL_SESSION));
      const expected = {
        session: withoutHash(session("session-1", FULL_SESSION)),
        user: await adapter.getUser("user-1"),
      };
      expect(await adapter.getSession({ id: "session-1" })).toStrictEqual(expected);
      expect(await adapter.getSession({ tokenHash: "hash-of-session-1" })).toStrictEqual(expected);
    },
  },
  {
    name: "null fields stay null, an empty list stays a list",
    async run(adapter) {
      await addSessions(adapter, session("session-1"), session("session-2", { scopes: [], agentId: "a" }));
      expect((await adapter.getSession({ id: "session-1" }))?.session).toStrictEqual(withoutHash(session("session-1")));
      expect((await adapter.getSession({ id: "session-2" }))?.session.scopes).toEqual([]);
    },
  },
  {
    name: "the app's data comes back as JSON has it, own __proto__ keys too, and pollutes nothing",
    async run(adapter) {
      await addSessions(adapter, session("session-1", { data: DATA }));
      const data = (await adapter.getSession({ id: "session-1" }))?.session.data;
      expect(data).toStrictEqual(DATA);
      expect(Object.keys(data ?? {}).sort()).toEqual(Object.keys(DATA).sort());
      expect(Object.getOwnPropertyDescriptor(data, "__proto__")?.value).toEqual({ isAdmin: true });
      expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
    },
  },
  {
    name: "getSession is one statement, for one that is there and for one that is not",
    async run(adapter, { statements }) {
      await addSessions(adapter, session());
      for (const key of [
        { id: "session-1" },
        { tokenHash: "hash-of-session-1" },
        { id: "nothing" },
        { tokenHash: "no" },
      ]) {
        const before = statements();
        await adapter.getSession(key);
        expect(statements() - before, JSON.stringify(key)).toBeLessThanOrEqual(1);
      }
    },
  },
  {
    name: "createSession without options is one statement",
    async run(adapter, { statements }) {
      await addUsers(adapter, "user-1");
      const before = statements();
      await adapter.createSession(session());
      expect(statements() - before).toBeLessThanOrEqual(1);
    },
  },
  {
    name: "getSession returns an expired session and a disabled user: the caller judges",
    async run(adapter) {
      await adapter.createUser(user("user-1", { disabledAt: after(-1) }));
      await adapter.createSession(session("session-1", { expires: after(-HOUR), absoluteExpires: after(-HOUR) }));
      const found = await adapter.getSession({ id: "session-1" });
      expect([found?.session.expires, found?.user.disabledAt]).toEqual([after(-HOUR), after(-1)]);
    },
  },
  {
    name: "the id is not the hash: neither is taken for the other, whatever its case",
    async run(adapter) {
      await addSessions(adapter, session());
      const wrong = [
        { tokenHash: "session-1" },
        { id: "hash-of-session-1" },
        { id: "SESSION-1" },
        { id: "session-1 " },
        { tokenHash: "Hash-of-session-1" },
        { tokenHash: "hash-of-session-%" },
      ];
      for (const key of wrong) expect(await adapter.getSession(key), JSON.stringify(key)).toBeNull();
      for (const key of wrong) expect(await adapter.deleteSession(key), JSON.stringify(key)).toBeNull();
      expect(await liveIds(adapter)).toEqual(["session-1"]);
    },
  },
  {
    name: "B10: the hash of a token goes in and never comes out",
    async run(adapter) {
      await addSessions(adapter, session());
      const records = [
        await adapter.getSession({ id: "session-1" }),
        await adapter.listSessions("user-1", NOW),
        await adapter.updateSession("session-1", { type: "otp" }),
        await adapter.deleteSession({ id: "session-1" }),
      ];
      expect(JSON.stringify(records)).not.toMatch(/tokenHash|hash-of/);
    },
  },
  {
    name: "createSession answers user_not_found for a user who does not exist and adds nothing",
    async run(adapter) {
      await expectCode(() => adapter.createSession(session()), "user_not_found");
      const limit = { max: 1, policy: "reject" } as const;
      await expectCode(() => adapter.createSession(session(), { limit }), "user_not_found");
      await addUsers(adapter, "user-1");
      expect(await liveIds(adapter)).toEqual([]);
    },
  },
  {
    name: "createSession never changes a session that is there, by id or by hash",
    async run(adapter) {
      await addSessions(adapter, session());
      const attempts = [
        session("session-1", { tokenHash: "other", type: "x" }),
        { ...session("session-2"), tokenHash: "hash-of-session-1" },
      ];
      for (const attempt of attempts) {
        await expect((async () => adapter.createSession(attempt))()).rejects.toThrow();
        const limit = { max: 5, policy: "evict-oldest" } as const;
        await expect((async () => adapter.createSession(attempt, { limit }))()).rejects.toThrow();
      }
      expect((await adapter.getSession({ tokenHash: "hash-of-session-1" }))?.session).toEqual(withoutHash(session()));
      expect(await liveIds(adapter)).toEqual(["session-1"]);
    },
  },
  {
    name: "updateSession changes what is defined and returns the session as it now is",
    async run(adapter) {
      await addSessions(adapter, session("session-1", FULL_SESSION), session("session-2"));
      const change = {
        expires: after(2 * HOUR + 9),
        data: { theme: "dark" },
        updatedAt: after(9),
        ipAddress: null,
        userAgent: undefined,
      };
      const expected = {
        ...withoutHash(session("session-1", FULL_SESSION)),
        ...change,
        userAgent: FULL_SESSION.userAgent,
      };
      expect(await adapter.updateSession("session-1", change)).toStrictEqual(expected);
      expect((await adapter.getSession({ id: "session-1" }))?.session).toStrictEqual(expected);
      expect((await adapter.getSession({ id: "session-2" }))?.session).toEqual(withoutHash(session("session-2")));
    },
  },
  {
    name: "updateSession can give a session a new id and hash; the old ones are dead",
    async run(adapter) {
      await addSessions(adapter, session());
      expect((await adapter.updateSession("session-1", { id: "session-9", tokenHash: "hash-9" }))?.id).toBe(
        "session-9",
      );
      expect(await adapter.getSession({ id: "session-1" })).toBeNull();
      expect(await adapter.getSession({ tokenHash: "hash-of-session-1" })).toBeNull();
      expect((await adapter.getSession({ tokenHash: "hash-9" }))?.session.id).toBe("session-9");
    },
  },
  {
    name: "updateSession with nothing to change still needs the session and the condition",
    async run(adapter) {
      await addSessions(adapter, session());
      expect((await adapter.updateSession("session-1", {}))?.id).toBe("session-1");
      expect((await adapter.updateSession("session-1", {}, { updatedAt: NOW }))?.id).toBe("session-1");
      expect(await adapter.updateSession("session-1", {}, { updatedAt: after(1) })).toBeNull();
      expect(await adapter.updateSession("nothing", {})).toBeNull();
    },
  },
  {
    name: "updateSession changes nothing unless updatedAt is still the condition's, to the millisecond",
    async run(adapter) {
      await addSessions(adapter, session());
      for (const updatedAt of [after(-1), after(1), after(-HOUR), after(1000)])
        expect(await adapter.updateSession("session-1", { type: "x", updatedAt: after(9) }, { updatedAt })).toBeNull();
      expect((await adapter.getSession({ id: "session-1" }))?.session).toEqual(withoutHash(session()));
      expect(await adapter.updateSession("session-1", { updatedAt: after(9) }, { updatedAt: NOW })).not.toBeNull();
      expect(await adapter.updateSession("session-1", { updatedAt: after(9) }, { updatedAt: NOW })).toBeNull();
    },
  },
  {
    name: "of 100 renewals at once on one condition, one wins",
    async run(adapter) {
      await addSessions(adapter, session());
      const renewals = await atOnce(100, (i) =>
        adapter.updateSession("session-1", { updatedAt: after(i + 1), data: { winner: i } }, { updatedAt: NOW }),
      );
      const won = values(renewals).filter((one) => one !== null);
      expect(won).toHaveLength(1);
      expect((await adapter.getSession({ id: "session-1" }))?.session).toEqual(won[0]);
    },
  },
  {
    name: "I2: a delete always wins over updates at the same time, and a late renewal revives nothing",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      for (let round = 0; round < 10; round++) {
        await adapter.createSession(session());
        const results = await atOnce(20, async (i) =>
          i === round
            ? adapter.deleteSession({ id: "session-1" })
            : adapter.updateSession("session-1", { type: `t${i}` }),
        );
        expect(values(results)[round]).not.toBeNull();
        expect(await adapter.updateSession("session-1", { type: "late" })).toBeNull();
        expect(await adapter.getSession({ id: "session-1" })).toBeNull();
      }
    },
  },
];
