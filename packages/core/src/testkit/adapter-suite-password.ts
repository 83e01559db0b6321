/** Rules for a change of the password: the hash and the sessions of its user change together or not at all. */
import type { Adapter } from "../contracts/adapter.js";
import {
  type AdapterCase,
  account,
  addUsers,
  after,
  atOnce,
  failures,
  HOUR,
  liveIds,
  session,
  user,
  values,
  withoutHash,
} from "./adapter-suite-records.js";
import { expect } from "./runner.js";

const OLD = { id: "account-1", userId: "user-1", passwordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$b2xk" };
const NEW_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$bmV3";
const KEY_OF_ADA = { provider: "password", providerAccountId: "user-1" };
const REPLACEMENT = { account: OLD, passwordHash: NEW_HASH, updatedAt: after(1) };
const KEEP = {
  id: "session-1",
  change: { id: "session-9", tokenHash: "hash-of-session-9", updatedAt: after(1), data: { fresh: true } },
};

/** Adds `user-1` with a password and three sessions, one of them an agent's, and `user-2` with one. */
async function addAda(adapter: Adapter): Promise<void> {
  const own = account("account-1", { ...KEY_OF_ADA, passwordHash: OLD.passwordHash });
  await adapter.createUserWithAccount(user("user-1"), own);
  await addUsers(adapter, "user-2");
  await adapter.createSession(session("session-1"));
  await adapter.createSession(session("session-2"));
  await adapter.createSession(session("session-3", { agentId: "agent-1" }));
  await adapter.createSession(session("other", { userId: "user-2" }));
}

async function hashOf(adapter: Adapter): Promise<string | null | undefined> {
  return (await adapter.getAccount(KEY_OF_ADA))?.passwordHash;
}

async function expectUnchanged(adapter: Adapter): Promise<void> {
  expect(await hashOf(adapter)).toBe(OLD.passwordHash);
  expect(await liveIds(adapter)).toEqual(["session-1", "session-2", "session-3"]);
}

export const passwordCases: AdapterCase[] = [
  {
    name: "R-S3, R-S10: replacePassword writes the hash, ends the other sessions and changes the one to keep",
    async run(adapter) {
      await addAda(adapter);
      const { tokenHash, ...change } = KEEP.change;
      const kept = { ...withoutHash(session("session-1")), ...change };
      const replaced = await adapter.replacePassword({ ...REPLACEMENT, keep: KEEP });
      expect({ ...replaced, ended: replaced?.ended.sort() }).toStrictEqual({ ended: ["session-2", "session-3"], kept });
      expect(await adapter.getAccount(KEY_OF_ADA)).toMatchObject({ passwordHash: NEW_HASH, updatedAt: after(1) });
      expect(await liveIds(adapter)).toEqual(["session-9"]);
      expect(await adapter.getSession({ tokenHash: "hash-of-session-1" })).toBeNull();
      expect((await adapter.getSession({ tokenHash }))?.session).toStrictEqual(kept);
      expect(await liveIds(adapter, "user-2")).toEqual(["other"]);
    },
  },
  {
    name: "replacePassword without a session to keep ends all of them",
    async run(adapter) {
      await addAda(adapter);
      const replaced = await adapter.replacePassword(REPLACEMENT);
      expect(replaced?.ended.sort()).toEqual(["session-1", "session-2", "session-3"]);
      expect(replaced?.kept).toBeNull();
      expect(await liveIds(adapter)).toEqual([]);
      expect(await liveIds(adapter, "user-2")).toEqual(["other"]);
    },
  },
  {
    name: "replacePassword changes nothing and is null when the hash is another one, or there is no such account",
    async run(adapter) {
      await addAda(adapter);
      const wrong = [
        { ...OLD, passwordHash: NEW_HASH },
        { ...OLD, passwordHash: OLD.passwordHash.toUpperCase() },
        { ...OLD, id: "nothing" },
        { ...OLD, userId: "user-2" },
      ];
      for (const other of wrong)
        expect(await adapter.replacePassword({ ...REPLACEMENT, account: other, keep: KEEP }), other.id).toBeNull();
      await expectUnchanged(adapter);
    },
  },
  {
    name: "replacePassword: a session to keep that has ended stays ended; the rest is done",
    async run(adapter) {
      await addAda(adapter);
      await adapter.deleteSession({ id: "session-1" });
      const replaced = await adapter.replacePassword({ ...REPLACEMENT, keep: KEEP });
      expect(replaced?.ended.sort()).toEqual(["session-2", "session-3"]);
      expect(replaced?.kept).toBeNull();
      expect([await hashOf(adapter), await liveIds(adapter)]).toEqual([NEW_HASH, []]);
    },
  },
  {
    name: "replacePassword neither keeps nor changes a session of another user",
    async run(adapter) {
      await addAda(adapter);
      const replaced = await adapter.replacePassword({ ...REPLACEMENT, keep: { ...KEEP, id: "other" } });
      expect(replaced?.kept).toBeNull();
      expect([await liveIds(adapter), await liveIds(adapter, "user-2")]).toEqual([[], ["other"]]);
      expect((await adapter.getSession({ id: "other" }))?.session.data).toEqual({});
    },
  },
  {
    name: "replacePassword: what cannot be written leaves everything as it was",
    async run(adapter) {
      await addAda(adapter);
      const taken = { ...KEEP, change: { ...KEEP.change, tokenHash: "hash-of-other" } };
      await expect((async () => adapter.replacePassword({ ...REPLACEMENT, keep: taken }))()).rejects.toThrow();
      await expectUnchanged(adapter);
    },
  },
  {
    name: "of 20 changes at once from one password one wins",
    async run(adapter) {
      await addAda(adapter);
      const to = (i: number) => ({ ...REPLACEMENT, passwordHash: `${NEW_HASH}${i}` });
      const replaced = values(await atOnce(20, (i) => adapter.replacePassword(to(i))));
      const winner = replaced.findIndex((one) => one !== null);
      expect(replaced.filter((one) => one !== null)).toHaveLength(1);
      expect([await hashOf(adapter), await liveIds(adapter)]).toEqual([`${NEW_HASH}${winner}`, []]);
    },
  },
  {
    name: "I1: of sign-ins with the old password while it is replaced none leaves a session",
    async run(adapter) {
      await addAda(adapter);
      for (let round = 0; round < 10; round++) {
        const compared = { ...OLD, passwordHash: `${NEW_HASH}${round}` };
        await adapter.updateAccount(OLD.id, { passwordHash: compared.passwordHash });
        const results = await atOnce(20, async (i) => {
          if (i !== round * 2) return adapter.createSession(session(`s-${round}-${i}`), { account: compared });
          const passwordHash = `${NEW_HASH}${round + 1}`;
          expect(await adapter.replacePassword({ ...REPLACEMENT, account: compared, passwordHash })).not.toBeNull();
          return null;
        });
        expect(new Set([...failures(results), "invalid_credentials"])).toEqual(new Set(["invalid_credentials"]));
        expect(await liveIds(adapter, "user-1", after(-HOUR))).toEqual([]);
      }
    },
  },
];
