/** Rules for the end of sessions: who may end which, what is listed, what expires. */
import {
  type AdapterCase,
  addSessions,
  addUsers,
  after,
  atOnce,
  DATA,
  FULL_SESSION,
  HOUR,
  liveIds,
  NOW,
  session,
  values,
  verification,
  withoutHash,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

export const sessionRemovalCases: AdapterCase[] = [
  {
    name: "deleteSession returns the session that it removed, by id or hash, and leaves the others",
    async run(adapter) {
      await addSessions(adapter, session("session-1", FULL_SESSION), session("session-2"), session("session-3"));
      expect(await adapter.deleteSession({ id: "session-1" })).toStrictEqual(
        withoutHash(session("session-1", FULL_SESSION)),
      );
      expect((await adapter.deleteSession({ tokenHash: "hash-of-session-2" }))?.id).toBe("session-2");
      expect(await adapter.deleteSession({ id: "session-1" })).toBeNull();
      expect(await adapter.deleteSession({ tokenHash: "hash-of-session-2" })).toBeNull();
      expect(await liveIds(adapter)).toEqual(["session-3"]);
    },
  },
  {
    name: "deleteSession with a user removes only that user's session",
    async run(adapter) {
      await addSessions(adapter, session());
      await addUsers(adapter, "user-2");
      for (const key of [{ id: "session-1" }, { tokenHash: "hash-of-session-1" }])
        expect(await adapter.deleteSession(key, { userId: "user-2" })).toBeNull();
      expect(await liveIds(adapter)).toEqual(["session-1"]);
      expect((await adapter.deleteSession({ id: "session-1" }, { userId: "user-1" }))?.id).toBe("session-1");
    },
  },
  {
    name: "of 50 deletes at once, one gets the session",
    async run(adapter) {
      await addSessions(adapter, session());
      const removed = values(await atOnce(50, () => adapter.deleteSession({ id: "session-1" })));
      expect(removed.filter((one) => one !== null)).toHaveLength(1);
    },
  },
  {
    name: "deleteUserSessions removes all sessions of the user, agents' and expired ones too, and returns their ids",
    async run(adapter) {
      await addSessions(
        adapter,
        session("session-1"),
        session("session-2", { agentId: "a" }),
        session("session-3", { expires: after(-1) }),
      );
      await addUsers(adapter, "user-2");
      await adapter.createSession(session("session-4", { userId: "user-2" }));
      expect((await adapter.deleteUserSessions("user-1")).sort()).toEqual(["session-1", "session-2", "session-3"]);
      expect(await adapter.deleteUserSessions("user-1")).toEqual([]);
      expect(await adapter.getSession({ id: "session-3" })).toBeNull();
      expect(await liveIds(adapter, "user-2")).toEqual(["session-4"]);
    },
  },
  {
    name: "deleteUserSessions keeps the excepted session, and an excepted one of somebody else changes nothing",
    async run(adapter) {
      await addSessions(adapter, session("session-1"), session("session-2"), session("session-3"));
      expect((await adapter.deleteUserSessions("user-1", { except: "session-2" })).sort()).toEqual([
        "session-1",
        "session-3",
      ]);
      expect(await liveIds(adapter)).toEqual(["session-2"]);
      expect(await adapter.deleteUserSessions("user-1", { except: "session-of-another" })).toEqual(["session-2"]);
    },
  },
  {
    name: "deleteAllSessions removes the sessions of everybody, agents' and expired ones too, nothing else, and says how many",
    async run(adapter) {
      await addSessions(adapter, session("session-1"), session("session-2", { agentId: "a" }));
      await addUsers(adapter, "user-2");
      const others = [session("session-3", { userId: "user-2" }), session("session-4", { expires: after(-HOUR) })];
      for (const other of others) await adapter.createSession(other);
      await adapter.createVerification(verification());
      expect(await adapter.deleteAllSessions()).toBe(4);
      expect(await adapter.deleteAllSessions()).toBe(0);
      for (const { id } of others) expect(await adapter.getSession({ id })).toBeNull();
      expect([await liveIds(adapter), await liveIds(adapter, "user-2")]).toEqual([[], []]);
      expect([await adapter.getUser("user-1"), await adapter.getUser("user-2")]).not.toContain(null);
      const key = { identifier: "ada@example.com", purpose: "email-link", tokenHash: "hash-of-link", now: NOW };
      expect(await adapter.consumeVerification(key)).toEqual(verification());
    },
  },
  {
    name: "listSessions has the user's sessions that have not expired, newest sign-in first",
    async run(adapter) {
      await addSessions(
        adapter,
        session("session-b", { createdAt: after(2) }),
        session("session-a", { createdAt: after(3), data: DATA }),
        session("session-d", { createdAt: after(1), updatedAt: after(99) }),
        session("over", { expires: NOW }),
        session("over-since-long", { expires: after(-1) }),
        session("last-millisecond", { expires: after(1), createdAt: after(-1) }),
      );
      await addUsers(adapter, "user-2");
      await adapter.createSession(session("other", { userId: "user-2" }));
      const listed = await adapter.listSessions("user-1", NOW);
      expect(listed.map(({ id }) => id)).toEqual(["session-a", "session-b", "session-d", "last-millisecond"]);
      expect(listed[0]).toStrictEqual(withoutHash(session("session-a", { createdAt: after(3), data: DATA })));
      expect(await adapter.listSessions("nobody", NOW)).toEqual([]);
    },
  },
  {
    name: "deleteExpired removes what expired before the instant, at most `batch` of each kind, and says how many",
    async run(adapter) {
      await addSessions(
        adapter,
        ...[1, 2, 3, 4, 5].map((i) => session(`expired-${i}`, { expires: after(-i) })),
        session("at-the-instant", { expires: NOW }),
        session("live", { expires: after(1) }),
      );
      for (const i of [1, 2, 3]) {
        const record = { id: `v-${i}`, identifier: `i-${i}`, expires: after(-i) };
        await adapter.createVerification(verification(record));
      }
      await adapter.createVerification(verification());
      expect(await adapter.deleteExpired(NOW, 2)).toBe(4);
      expect(await adapter.deleteExpired(NOW, 2)).toBe(3);
      expect(await adapter.deleteExpired(NOW, 2)).toBe(1);
      expect(await adapter.deleteExpired(NOW, 2)).toBe(0);
      expect(await liveIds(adapter, "user-1", after(-HOUR))).toEqual(["at-the-instant", "live"]);
      const key = { identifier: "ada@example.com", purpose: "email-link", tokenHash: "hash-of-link", now: NOW };
      expect(await adapter.consumeVerification(key)).not.toBeNull();
    },
  },
];
