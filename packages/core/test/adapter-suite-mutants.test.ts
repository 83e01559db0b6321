/** The suite for adapters must see what it is for: each adapter here breaks one promise, and at least one rule must fail. */
import { expect, test } from "vitest";
import type { Adapter } from "../src/index.js";
import { memoryAdapter } from "../src/memory/index.js";
import { NOW } from "../src/testkit/adapter-suite-records.js";
import { type AdapterCase, adapterCases, runAdapterCase } from "../src/testkit/index.js";
import { CONDITION_MUTANTS } from "./adapter-condition-mutants.js";
import { LINKING_MUTANTS, PROOF_MUTANTS } from "./adapter-linking-mutants.js";
import { COUNTER_MUTANTS, type Mutant, roundTrip, SIGN_IN_MUTANTS } from "./adapter-mutants.js";

const MUTANTS: Record<string, Mutant> = {
  ...COUNTER_MUTANTS,
  ...SIGN_IN_MUTANTS,
  ...LINKING_MUTANTS,
  ...PROOF_MUTANTS,
  ...CONDITION_MUTANTS,
  "reads a verification, then deletes it": (real) => {
    const reads = new Map<string, ReturnType<Adapter["consumeVerification"]>>();
    return {
      async consumeVerification(key) {
        const name = JSON.stringify([key.identifier, key.purpose, key.tokenHash]);
        const read = reads.get(name) ?? real.consumeVerification(key);
        reads.set(name, read);
        await roundTrip();
        reads.delete(name);
        return read;
      },
    };
  },
  "takes a verification in its last millisecond for expired": (real) => ({
    consumeVerification: (key) => real.consumeVerification({ ...key, now: new Date(key.now.getTime() + 1) }),
  }),
  "takes an expired verification": (real) => ({
    consumeVerification: (key) => real.consumeVerification({ ...key, now: new Date(key.now.getTime() - 1) }),
  }),
  "burns a verification on a wrong hash": (real) => ({
    async consumeVerification(key) {
      const found = await real.consumeVerification(key);
      if (found === null) await real.deleteVerification(key);
      return found;
    },
  }),
  "counts sessions, then adds one": (real) => ({
    async createSession(session, { limit, ...options } = {}) {
      if (limit === undefined) return real.createSession(session, options);
      const live = await real.listSessions(session.userId, session.createdAt);
      await roundTrip();
      if (live.length < limit.max) return real.createSession(session, options);
      return real.createSession(session, { ...options, limit });
    },
  }),
  "evicts the newest": (real) => ({
    async createSession(session, options) {
      const live = await real.listSessions(session.userId, session.createdAt);
      const created = await real.createSession(session, { ...options, limit: undefined } as never);
      const surplus = live.slice(0, Math.max(0, live.length + 1 - (options?.limit?.max ?? Number.POSITIVE_INFINITY)));
      for (const { id } of surplus) await real.deleteSession({ id });
      return created && { ...created, evicted: surplus.map(({ id }) => id) };
    },
  }),
  "counts agents' sessions": (real) => ({
    async createSession(session, { limit, ...options } = {}) {
      const live = await real.listSessions(session.userId, session.createdAt);
      if (limit?.policy === "reject" && live.length >= limit.max && !options.replaces) return null;
      return real.createSession(session, { ...options, ...(limit && { limit }) });
    },
  }),
  "removes the replaced session before the new one is sure": (real) => ({
    async createSession(session, { replaces, ...options } = {}) {
      const removed = replaces ? await real.deleteSession(replaces) : null;
      const created = await real.createSession(session, options);
      return created && { ...created, replaced: removed?.id ?? null };
    },
  }),
  "leaves the replaced session": (real) => ({
    createSession: (session, { limit } = {}) => real.createSession(session, { ...(limit && { limit }) }),
  }),
  "ignores the condition of an update": (real) => ({
    updateSession: (id, change) => real.updateSession(id, change),
  }),
  "compares updatedAt to the second": (real) => ({
    async updateSession(id, change, condition) {
      const found = await real.getSession({ id });
      const inSeconds = (date: Date) => Math.floor(date.getTime() / 1000);
      const isSame = condition && found && inSeconds(found.session.updatedAt) === inSeconds(condition.updatedAt);
      return real.updateSession(id, change, isSame ? { updatedAt: found.session.updatedAt } : condition);
    },
  }),
  "revives a session that is gone (upsert)": (real) => {
    const ended = new Map<string, Parameters<Adapter["createSession"]>[0]>();
    return {
      async deleteSession(key, condition) {
        const removed = await real.deleteSession(key, condition);
        if (removed) ended.set(removed.id, { ...removed, tokenHash: `again-${removed.id}` });
        return removed;
      },
      async updateSession(id, change, condition) {
        const gone = ended.get(id);
        if (gone) await real.createSession(gone).catch(() => null);
        return real.updateSession(id, change, condition);
      },
    };
  },
  "hands out the hash": (real) => ({
    async getSession(key) {
      const found = await real.getSession(key);
      return found && { ...found, session: { ...found.session, tokenHash: "hash-of-session-1" } };
    },
  }),
  "looks a hash up as an id": (real) => ({
    async getSession(key) {
      return (
        (await real.getSession(key)) ?? real.getSession("id" in key ? { tokenHash: key.id } : { id: key.tokenHash })
      );
    },
  }),
  "hides expired sessions on read": (real) => ({
    async getSession(key) {
      const found = await real.getSession(key);
      return found && found.session.expires > found.session.createdAt ? found : null;
    },
  }),
  "keeps instants to the second": (real) => ({
    createUser: (user) =>
      real.createUser({ ...user, createdAt: new Date(Math.floor(user.createdAt.getTime() / 1000) * 1000) }),
  }),
  "lower-cases emails": (real) => ({
    getUserByEmail: (email) => real.getUserByEmail(typeof email === "string" ? email.toLowerCase() : email),
  }),
  "trims emails": (real) => ({
    getUserByEmail: (email) => real.getUserByEmail(typeof email === "string" ? email.trim() : email),
  }),
  "writes undefined as null": (real) => ({
    updateUser: (id, change) =>
      real.updateUser(id, Object.fromEntries(Object.entries(change).map(([name, value]) => [name, value ?? null]))),
  }),
  "adds the user, then the account": (real) => ({
    async createUserWithAccount(user, account) {
      const created = await real.createUser(user);
      await real.createAccount(account);
      return created;
    },
  }),
  "leaves the sessions of a deleted user to somebody else": (real) => ({
    async deleteUser(id) {
      const sessions = await real.listSessions(id, new Date(0));
      const user = await real.getUser(id);
      const deleted = await real.deleteUser(id);
      if (user && sessions.length > 0) {
        await real.createUser({ ...user, email: null, phone: null });
        for (const session of sessions) await real.createSession({ ...session, tokenHash: session.id });
      }
      return deleted;
    },
  }),
  "removes anybody's session": (real) => ({ deleteSession: (key) => real.deleteSession(key) }),
  "removes anybody's account": (real) => ({
    async deleteAccount(id, userId) {
      for (const owner of [userId, "user-1", "user-2"]) if (await real.deleteAccount(id, owner)) return true;
      return false;
    },
  }),
  "forgets the exception when all sessions end": (real) => ({
    deleteUserSessions: (userId) => real.deleteUserSessions(userId),
  }),
  "spares the sessions that have expired when all end": (real) => ({
    async deleteAllSessions() {
      const ended = [];
      for (const userId of ["user-1", "user-2"])
        for (const { id } of await real.listSessions(userId, NOW)) ended.push(await real.deleteSession({ id }));
      return ended.length;
    },
  }),
  "ends the sessions of one user when all must end": (real) => ({
    deleteAllSessions: async () => (await real.deleteUserSessions("user-1")).length,
  }),
  "ignores the batch": (real) => ({
    deleteExpired: (before) => real.deleteExpired(before, 1000),
  }),
  "deletes what expires at the instant": (real) => ({
    deleteExpired: (before, batch) => real.deleteExpired(new Date(before.getTime() + 1), batch),
  }),
  "lists the oldest sign-in first": (real) => ({
    listSessions: async (userId, now) => (await real.listSessions(userId, now)).reverse(),
  }),
  "takes an undefined key for no condition": (real) => ({
    deleteSession: (key, condition) => real.deleteSession(key, condition?.userId === undefined ? undefined : condition),
  }),
  "lets a query object through": (real) => ({
    getUser: async (id) => (typeof id === "object" ? null : real.getUser(id)),
  }),
  "answers a duplicate with an error of its own": (real) => ({
    createUser: (user) =>
      real.createUser(user).catch(() => {
        throw new Error("SQLITE_CONSTRAINT");
      }),
  }),
  "adds sessions of users who do not exist": (real) => ({
    async createSession(session, options) {
      if (typeof session.userId === "string" && session.userId && !(await real.getUser(session.userId)))
        return { evicted: [], replaced: null };
      return real.createSession(session, options);
    },
  }),
};

/** Name of the first rule that an adapter breaks. */
async function brokenRule(mutate: Mutant): Promise<string | null> {
  for (const rule of Object.values(adapterCases).flat()) {
    const real = memoryAdapter();
    const open = async () => ({ adapter: mutated(real, mutate), statements: () => 0, close: async () => {} });
    const passed = await runAdapterCase(rule, open).then(
      () => true,
      () => false,
    );
    if (!passed) return rule.name;
  }
  return null;
}

/** The real adapter's methods need the real adapter as `this`, the others are the mutant's. */
function mutated(real: Adapter, mutate: Mutant): Adapter {
  const changed = mutate(real);
  return new Proxy(real, {
    get: (_, name: keyof Adapter) => changed[name] ?? (real[name] as (...args: unknown[]) => unknown).bind(real),
  });
}

test("an adapter that breaks no promise breaks no rule", async () => {
  expect(await brokenRule(() => ({}))).toBeNull();
});

test.each(Object.entries(MUTANTS))("the suite fails an adapter that %s", async (_name, mutate) => {
  expect(await brokenRule(mutate)).not.toBeNull();
});

test("each method of the contract has a rule that fails when it does nothing", async () => {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(memoryAdapter())).filter(
    (name) => name !== "constructor",
  );
  expect(methods).toHaveLength(28);
  for (const method of methods) {
    expect(await brokenRule(() => ({ [method]: async () => null })), method).not.toBeNull();
  }
});

test.each([
  // Once more than the contract allows, or once for each counter.
  ["getSession", "getSession is one statement", () => 2],
  ["getUserWithAccount", "getUserWithAccount is one statement", () => 2],
  ["getUserWithAccount", "getUserWithAccount by provider account is one statement", () => 2],
  ["createSession", "createSession with an account adds", () => 2],
  ["createSession", "createSession with an account and no hash adds", () => 2],
  ["countAttempt", "countAttempt costs as many statements", (attempts: unknown[]) => attempts.length],
] as const)("a further statement in %s fails the rule %j", async (method, name, costOf) => {
  let statements = 0;
  const real = memoryAdapter();
  const call = real[method].bind(real) as (...args: unknown[]) => Promise<unknown>;
  const costly = (...args: unknown[]) => {
    statements += costOf(args[0] as unknown[]);
    return call(...args);
  };
  const open = async () => ({
    adapter: mutated(real, () => ({ [method]: costly })),
    statements: () => statements,
    close: async () => {},
  });
  const rule = Object.values(adapterCases)
    .flat()
    .find((one) => one.name.startsWith(name));
  await expect(runAdapterCase(rule as AdapterCase, open)).rejects.toThrow();
});
