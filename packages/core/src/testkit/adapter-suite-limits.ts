/** Rules for what gives way to a new session: the one it replaces, and those beyond the limit. */
import type { NewSession, SessionLimit } from "../contracts/adapter.js";
import {
  type AdapterCase,
  addSessions,
  addUsers,
  after,
  atOnce,
  HOUR,
  liveIds,
  session,
  values,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

const evict = (max: number) => ({ limit: { max, policy: "evict-oldest" } }) satisfies { limit: SessionLimit };
const reject = (max: number) => ({ limit: { max, policy: "reject" } }) satisfies { limit: SessionLimit };

/** A session signed in at this millisecond. */
function at(milliseconds: number, fields: Partial<NewSession> = {}): NewSession {
  return session(`session-${milliseconds}`, { createdAt: after(milliseconds), ...fields });
}

export const limitCases: AdapterCase[] = [
  {
    name: "without options nothing gives way",
    async run(adapter) {
      await addSessions(adapter, at(1));
      expect(await adapter.createSession(at(2))).toEqual({ evicted: [], replaced: null });
      expect(await liveIds(adapter)).toEqual(["session-1", "session-2"]);
    },
  },
  {
    name: "evict-oldest: the sessions signed in longest ago give way, renewed or not, and are named",
    async run(adapter) {
      await addSessions(adapter, at(2), at(1, { updatedAt: after(HOUR - 1) }), at(3));
      expect(await adapter.createSession(at(4), evict(3))).toEqual({ evicted: ["session-1"], replaced: null });
      expect(await liveIds(adapter)).toEqual(["session-2", "session-3", "session-4"]);
    },
  },
  {
    name: "evict-oldest: never more than max stay, were there however many",
    async run(adapter) {
      await addSessions(adapter, ...[1, 2, 3, 4, 5].map((i) => at(i)));
      const created = await adapter.createSession(at(6), evict(2));
      expect(created?.evicted.sort()).toEqual(["session-1", "session-2", "session-3", "session-4"]);
      expect(await liveIds(adapter)).toEqual(["session-5", "session-6"]);
    },
  },
  {
    name: "evict-oldest: the new session stays, also at max 1 and when its clock is behind",
    async run(adapter) {
      await addSessions(adapter, at(5));
      expect(await adapter.createSession(at(1), evict(1))).toEqual({ evicted: ["session-5"], replaced: null });
      expect(await liveIds(adapter)).toEqual(["session-1"]);
    },
  },
  {
    name: "evict-oldest: of sessions signed in at one instant the smallest id gives way",
    async run(adapter) {
      await addSessions(adapter, session("b"), session("c"), session("a"));
      expect((await adapter.createSession(session("d"), evict(3)))?.evicted).toEqual(["a"]);
      expect(await liveIds(adapter)).toEqual(["b", "c", "d"]);
    },
  },
  {
    name: "reject: null when the user has max sessions, and nothing has changed",
    async run(adapter) {
      await addSessions(adapter, at(1), at(2));
      expect(await adapter.createSession(at(3), reject(2))).toBeNull();
      expect(await adapter.createSession(at(3), reject(1))).toBeNull();
      expect(await adapter.getSession({ id: "session-3" })).toBeNull();
      expect(await liveIds(adapter)).toEqual(["session-1", "session-2"]);
      expect(await adapter.createSession(at(3), reject(3))).toEqual({ evicted: [], replaced: null });
      expect(await liveIds(adapter)).toEqual(["session-1", "session-2", "session-3"]);
    },
  },
  ...([evict, reject] as const).map(
    (limited): AdapterCase => ({
      name: `${limited(1).limit.policy}: other users', agents' and expired sessions do not count and are left alone`,
      async run(adapter) {
        await addSessions(
          adapter,
          at(1, { agentId: "agent-1" }),
          at(2, { expires: after(9) }),
          at(3, { expires: after(8) }),
          at(4, { expires: after(10) }),
        );
        await addUsers(adapter, "user-2");
        await adapter.createSession(at(5, { userId: "user-2" }));
        expect(await adapter.createSession(at(9), limited(2))).toEqual({ evicted: [], replaced: null });
        expect(await liveIds(adapter, "user-1", after(0))).toEqual([
          "session-1",
          "session-2",
          "session-3",
          "session-4",
          "session-9",
        ]);
        expect(await liveIds(adapter, "user-2")).toEqual(["session-5"]);
      },
    }),
  ),
  ...([evict, reject] as const).map(
    (limited): AdapterCase => ({
      name: `${limited(1).limit.policy}: an agent's new session neither counts nor makes others give way`,
      async run(adapter) {
        await addSessions(adapter, at(1), at(2));
        const created = await adapter.createSession(at(3, { agentId: "agent-1" }), limited(1));
        expect(created).toEqual({ evicted: [], replaced: null });
        expect(await liveIds(adapter)).toEqual(["session-1", "session-2", "session-3"]);
      },
    }),
  ),
  {
    name: "R-S3: the session that is replaced is gone when the new one is there, by id or hash",
    async run(adapter) {
      await addSessions(adapter, at(1), at(2));
      expect(await adapter.createSession(at(3), { replaces: { id: "session-1" } })).toEqual({
        evicted: [],
        replaced: "session-1",
      });
      const byHash = { replaces: { tokenHash: "hash-of-session-3" } };
      expect(await adapter.createSession(at(4), byHash)).toEqual({ evicted: [], replaced: "session-3" });
      expect(await liveIds(adapter)).toEqual(["session-2", "session-4"]);
    },
  },
  {
    name: "replacing a session that is not there replaces null, and one of another user goes, too",
    async run(adapter) {
      await addSessions(adapter, at(1));
      await addUsers(adapter, "user-2");
      expect((await adapter.createSession(at(2), { replaces: { id: "nothing" } }))?.replaced).toBeNull();
      const other = at(3, { userId: "user-2" });
      expect((await adapter.createSession(other, { replaces: { id: "session-1" } }))?.replaced).toBe("session-1");
      expect([await liveIds(adapter), await liveIds(adapter, "user-2")]).toEqual([["session-2"], ["session-3"]]);
    },
  },
  ...([evict, reject] as const).map(
    (limited): AdapterCase => ({
      name: `${limited(1).limit.policy}: the session that is replaced does not count`,
      async run(adapter) {
        await addSessions(adapter, at(1), at(2));
        const created = await adapter.createSession(at(3), { ...limited(2), replaces: { id: "session-2" } });
        expect(created).toEqual({ evicted: [], replaced: "session-2" });
        expect(await liveIds(adapter)).toEqual(["session-1", "session-3"]);
      },
    }),
  ),
  {
    name: "reject: when the new session is refused, the one to replace stays",
    async run(adapter) {
      await addSessions(adapter, at(1), at(2));
      await addUsers(adapter, "user-2");
      await adapter.createSession(at(5, { userId: "user-2" }));
      expect(await adapter.createSession(at(3), { ...reject(1), replaces: { id: "session-1" } })).toBeNull();
      expect(await adapter.createSession(at(3), { ...reject(2), replaces: { id: "session-5" } })).toBeNull();
      expect([await liveIds(adapter), await liveIds(adapter, "user-2")]).toEqual([
        ["session-1", "session-2"],
        ["session-5"],
      ]);
    },
  },
  {
    name: "when the user does not exist, the one to replace stays",
    async run(adapter) {
      await addSessions(adapter, at(1));
      const orphan = at(2, { userId: "nobody" });
      await expect((async () => adapter.createSession(orphan, { replaces: { id: "session-1" } }))()).rejects.toThrow();
      expect(await liveIds(adapter)).toEqual(["session-1"]);
    },
  },
  {
    name: "R-S16: of 50 sign-ins at once with evict-oldest and max 3, three sessions live and the others are named",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      const created = values(await atOnce(50, (i) => adapter.createSession(session(`session-${i}`), evict(3))));
      expect(await liveIds(adapter)).toHaveLength(3);
      const evicted = created.flatMap((one) => one?.evicted ?? []);
      expect(new Set(evicted).size).toBe(47);
      expect(evicted).toHaveLength(47);
    },
  },
  {
    name: "R-S16: of 50 sign-ins at once with reject and max 3, three get a session and the others null",
    async run(adapter) {
      await addUsers(adapter, "user-1");
      const created = values(await atOnce(50, (i) => adapter.createSession(session(`session-${i}`), reject(3))));
      const ids = created.flatMap((one, i) => (one === null ? [] : [`session-${i}`]));
      expect(ids).toHaveLength(3);
      expect(await liveIds(adapter)).toEqual(ids.sort());
    },
  },
  {
    name: "of 50 sign-ins at once that replace one session, one replaces it",
    async run(adapter) {
      await addSessions(adapter, session("old"));
      const replaces = { id: "old" };
      const created = values(await atOnce(50, (i) => adapter.createSession(session(`session-${i}`), { replaces })));
      expect(created.filter((one) => one?.replaced === "old")).toHaveLength(1);
      expect(await liveIds(adapter)).toHaveLength(50);
    },
  },
];
