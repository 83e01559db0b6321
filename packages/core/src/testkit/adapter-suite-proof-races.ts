/** Rules for the proof of a mailbox (R-O7) beside other calls: nothing from before it slips through, and nothing is done by half. */
import type { Adapter, EmailProved, NewAccount } from "../contracts/adapter.js";
import {
  accountIds,
  addStrangers,
  allIds,
  COMPARED,
  expectUnchanged,
  NEW,
  OLD_SESSIONS,
  PROOF,
} from "./adapter-suite-proof.js";
import { type AdapterCase, after, atOnce, failures, session, user, values } from "./adapter-suite-records.js";
import { expect } from "./runner.js";

/** @returns what the one proof said that must have succeeded */
function provedBy(result: PromiseSettledResult<unknown>): EmailProved {
  if (result.status === "rejected") throw result.reason;
  expect(result.value).not.toBeNull();
  return result.value as EmailProved;
}

/** Calls beside a proof, and what must hold of them once all are answered. */
interface Beside {
  name: string;
  /** @param i Its number among the calls at once */
  call(adapter: Adapter, i: number): Promise<unknown>;
  check(adapter: Adapter, proof: PromiseSettledResult<unknown>, others: PromiseSettledResult<unknown>[]): Promise<void>;
}

const LIMITS = { none: {}, "evict-oldest": { limit: { max: 9, policy: "evict-oldest" } } } as const;

const BESIDE: Beside[] = [
  ...Object.entries(LIMITS).map(
    ([limit, options]): Beside => ({
      name: `sign-ins with the password from before, with limit ${limit}: none leaves a session`,
      call: (adapter, i) => adapter.createSession(session(`s-${i}`), { ...options, account: COMPARED }),
      async check(adapter, proof, others) {
        expect(provedBy(proof).wiped).toBe(true);
        expect(new Set([...failures(others), "invalid_credentials"])).toEqual(new Set(["invalid_credentials"]));
        expect(await allIds(adapter)).toEqual([]);
      },
    }),
  ),
  {
    name: "sign-ins that depend on nothing: each has ended, or came after it and lives",
    call: (adapter, i) =>
      adapter.createSession(session(`s-${i}`), i % 3 === 0 ? { replaces: { id: "session-1" } } : {}),
    async check(adapter, proof, others) {
      expect(failures(others)).toEqual([]);
      const { ended } = provedBy(proof);
      const started = others.map((_, i) => `s-${i + 1}`);
      const left = await allIds(adapter);
      expect([...ended.filter((id) => id.startsWith("s-")), ...left].sort()).toEqual(started.sort());
    },
  },
  {
    name: "changes of the password from before: no session stays, and no password",
    call(adapter, i) {
      const keep = { id: "session-1", change: { id: `kept-${i}`, tokenHash: `hash-of-kept-${i}` } };
      const replacement = { passwordHash: `new-${i}`, updatedAt: after(1), keep };
      return adapter.replacePassword({ ...replacement, account: { ...COMPARED, userId: "user-1" } });
    },
    async check(adapter, proof, others) {
      expect(provedBy(proof).wiped).toBe(true);
      expect(values(others).filter((replaced) => replaced !== null).length).toBeLessThanOrEqual(1);
      expect([await allIds(adapter), await accountIds(adapter)]).toEqual([[], ["new-1"]]);
    },
  },
  {
    name: "a link of the same account: what was there before goes, what comes after is told account_exists",
    call: (adapter, i) => adapter.createAccount({ ...NEW, id: `linked-${i}` }),
    async check(adapter, proof, others) {
      expect(provedBy(proof).wiped).toBe(true);
      expect(new Set([...failures(others), "account_exists"])).toEqual(new Set(["account_exists"]));
      expect(await accountIds(adapter)).toEqual(["new-1"]);
    },
  },
  {
    name: "a first sign-in with the same account: one of the two has it, and the other one has changed nothing",
    call: (adapter, i) =>
      adapter.createUserWithAccount(user(`u-${i}`), { ...NEW, id: `linked-${i}`, userId: `u-${i}` }),
    async check(adapter, proof, others) {
      const winner = (await adapter.getAccount({ ...NEW }))?.userId;
      expect(failures([proof, ...others])).toEqual(Array(others.length).fill("account_exists"));
      if (winner === "user-1") expect(await accountIds(adapter)).toEqual(["new-1"]);
      else await expectUnchanged(adapter);
    },
  },
  {
    name: "the end of the user: nothing is left",
    call: (adapter) => adapter.deleteUser("user-1"),
    async check(adapter, proof, others) {
      expect(failures([proof])).toEqual([]);
      expect(values(others).filter(Boolean)).toEqual([true]);
      expect(await adapter.getUser("user-1")).toBeNull();
      expect([await accountIds(adapter), await allIds(adapter)]).toEqual([[], []]);
      expect(await adapter.getAccount({ ...NEW })).toBeNull();
    },
  },
];

const CALLS = 12;

export const proofRaceCases: AdapterCase[] = [
  ...BESIDE.map(
    ({ name, call, check }): AdapterCase => ({
      name: `R-O7: proveEmail beside ${name}`,
      async run(adapter) {
        // The proof is asked for first, in the midst, and last.
        for (const place of [0, 1, CALLS / 2, CALLS - 1]) {
          await addStrangers(adapter);
          const results = await atOnce(CALLS, (i): Promise<unknown> => {
            return i === place ? adapter.proveEmail({ ...PROOF, account: NEW }) : call(adapter, i < place ? i + 1 : i);
          });
          const others = results.filter((_, i) => i !== place);
          await check(adapter, results[place] as PromiseSettledResult<unknown>, others);
          for (const id of ["user-1", "user-2", ...others.map((_, i) => `u-${i + 1}`)]) await adapter.deleteUser(id);
        }
      },
    }),
  ),
  {
    name: "of 20 calls of proveEmail at once one wipes, and the others find the address proved",
    async run(adapter) {
      await addStrangers(adapter);
      const proved = values(await atOnce(20, () => adapter.proveEmail(PROOF)));
      expect(proved.filter((one) => one?.wiped)).toHaveLength(1);
      expect(proved.flatMap((one) => one?.ended ?? []).sort()).toEqual(OLD_SESSIONS);
      expect(proved.map((one) => one?.user.emailVerified)).toEqual(Array(20).fill(true));
      expect([await accountIds(adapter), await allIds(adapter)]).toEqual([[], []]);
    },
  },
  {
    name: "of 20 calls of proveEmail at once with one account at the provider one adds it, and it stays",
    async run(adapter) {
      await addStrangers(adapter);
      const own = (i: number): NewAccount => ({ ...NEW, id: `new-${i}` });
      const results = await atOnce(20, (i) => adapter.proveEmail({ ...PROOF, account: own(i) }));
      expect(failures(results)).toEqual(Array(19).fill("account_exists"));
      const winner = results.findIndex(({ status }) => status === "fulfilled");
      expect(provedBy(results[winner] as PromiseSettledResult<unknown>).wiped).toBe(true);
      expect([await accountIds(adapter), await allIds(adapter)]).toEqual([[`new-${winner}`], []]);
    },
  },
];
