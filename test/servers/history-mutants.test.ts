/** Adapters with the faults that adapters have: random operations on them give histories that the checker refuses. */
import { type Adapter, createId, type SessionKey, type SessionWithUser } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { expect, test } from "vitest";
import { addPerson } from "../engine/app.js";
import { History } from "./history.js";
import { runWorkload } from "./workload.js";

/** Another worker goes on meanwhile, as it does while a statement is on its way. */
const travel = () => new Promise<void>((resolve) => setImmediate(resolve));

const MUTANTS: Record<string, (sound: Adapter) => Partial<Adapter>> = {
  "a condition that is looked at before it is written": (sound) => ({
    async updateSession(id, change, condition) {
      const found = await sound.getSession({ id });
      await travel();
      const isStale = condition && found?.session.updatedAt.getTime() !== condition.updatedAt.getTime();
      return isStale ? null : sound.updateSession(id, change);
    },
  }),
  "a renewal that ignores its condition": (sound) => ({
    updateSession: (id, change) => sound.updateSession(id, change),
  }),
  "a renewal that puts back what is gone": (sound) => ({
    async updateSession(id, change, condition) {
      const found = await sound.getSession({ id });
      await travel();
      const updated = await sound.updateSession(id, change, condition);
      if (updated !== null || found === null || (await sound.getSession({ id })) !== null) return updated;
      const revived = { ...found.session, ...change };
      await sound.createSession({ ...revived, tokenHash: createId() });
      return revived;
    },
  }),
  "reads that are remembered": (sound) => {
    const known = new Map<string, SessionWithUser | null>();
    return {
      async getSession(key: SessionKey) {
        const name = JSON.stringify(key);
        if (!known.has(name)) known.set(name, await sound.getSession(key));
        return known.get(name) ?? null;
      },
    };
  },
  "reads that come from a replica behind": (sound) => {
    let last: SessionWithUser | null = null;
    return {
      async getSession(key) {
        const found = await sound.getSession(key);
        if (found !== null) last = found;
        const isThat = "id" in key && last?.session.id === key.id;
        return found ?? (isThat ? last : null);
      },
    };
  },
  "a revocation that answers before it is done": (sound) => ({
    async deleteSession(key, condition) {
      const found = await sound.getSession(key);
      if (found === null || (condition && found.session.userId !== condition.userId)) return null;
      void travel()
        .then(travel)
        .then(() => sound.deleteSession(key, condition));
      return found.session;
    },
  }),
  "a revocation of all that removes what it had listed": (sound) => ({
    async deleteUserSessions(userId, { except } = {}) {
      const listed = await sound.listSessions(userId, new Date(0));
      await travel();
      const others = listed.filter(({ id }) => id !== except);
      for (const { id } of others) await sound.deleteSession({ id });
      return others.map(({ id }) => id);
    },
  }),
  "a proof of a mailbox that ends what it had listed": (sound) => ({
    async proveEmail(proof) {
      const listed = await sound.listSessions(proof.userId, new Date(0));
      await travel();
      for (const { id } of listed) await sound.deleteSession({ id });
      const user = await sound.updateUser(proof.userId, { emailVerified: true });
      return user && { user, wiped: true, ended: listed.map(({ id }) => id) };
    },
  }),
  "a revocation of all that forgets the exception": (sound) => ({
    async deleteUserSessions(userId, { except } = {}) {
      return (await sound.deleteUserSessions(userId)).filter((id) => id !== except);
    },
  }),
  "a rotation that leaves the old row": (sound) => ({
    async updateSession(id, change, condition) {
      const found = await sound.getSession({ id });
      if (change.id === undefined || found === null) return sound.updateSession(id, change, condition);
      const rotated = { ...found.session, ...change };
      await sound.createSession({ ...rotated, tokenHash: change.tokenHash ?? createId() });
      return rotated;
    },
  }),
  "a list that leaves one out": (sound) => ({
    listSessions: async (userId, now) => (await sound.listSessions(userId, now)).slice(1),
  }),
};

/** @returns what the checker says of some hundred operations of six workers */
async function check(weaken: (sound: Adapter) => Partial<Adapter>): Promise<string[]> {
  const sound = slow(memoryAdapter());
  const adapter: Adapter = new Proxy(sound, {
    get: (target, name) => Reflect.get(weakened, name) ?? Reflect.get(target, name),
  });
  const weakened = weaken(sound);
  const people = await Promise.all([addPerson(sound), addPerson(sound)]);
  const history = new History();
  const workload = { seed: 7, workers: 6, operations: 150, userIds: people.map(({ id }) => id) };
  await runWorkload((worker) => history.recorded(adapter, worker), workload);
  return history.violations();
}

/** As a database is: a call takes a while before it is done, and before its answer is there. */
function slow(adapter: Adapter): Adapter {
  return new Proxy(adapter, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await travel();
        const answer = await method.apply(target, args);
        await travel();
        return answer;
      };
    },
  });
}

test("the sound adapter passes", async () => expect(await check(() => ({}))).toEqual([]));

test.each(Object.entries(MUTANTS))("caught: %s", async (_name, weaken) => {
  expect(await check(weaken)).not.toEqual([]);
});
