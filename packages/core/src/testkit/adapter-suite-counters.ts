/** Rules for attempts that are counted on several counters at once: all of them or none, each in its own window. */
import type { Adapter, Attempt } from "../contracts/adapter.js";
import { type AdapterCase, after, atOnce, HOUR, NOW, values, verification } from "./adapter-suite-records.js";
import { expect } from "./runner.js";

const ACCOUNT = { identifier: "ada@example.com", purpose: "attempts:account", by: 1, expires: after(HOUR), now: NOW };
const NETWORK = { identifier: "192.0.2.1", purpose: "attempts:network", by: 1, expires: after(HOUR), now: NOW };
/** The most that a 32-bit column can subtract. */
const ALL = 2 ** 31 - 1;

async function countsOf(adapter: Adapter, ...attempts: Attempt[]): Promise<number[]> {
  return (await adapter.countAttempt(attempts)).map((count) => count.attempts);
}

export const counterCases: AdapterCase[] = [
  {
    name: "countAttempt adds to each of several counters its own number, and answers in the order of the attempts",
    async run(adapter) {
      const others = [
        { ...NETWORK, by: 2 },
        { ...NETWORK, purpose: ACCOUNT.purpose, by: 3 },
        { ...ACCOUNT, purpose: NETWORK.purpose, by: 4 },
      ];
      expect(await countsOf(adapter, ...others, ACCOUNT)).toEqual([2, 3, 4, 1]);
      expect(await countsOf(adapter, ACCOUNT, ...others)).toEqual([2, 4, 6, 8]);
      expect(await countsOf(adapter, { ...NETWORK, by: 0 })).toEqual([4]);
    },
  },
  {
    name: "countAttempt costs as many statements for three counters as for one",
    async run(adapter, { statements }) {
      await countsOf(adapter, ACCOUNT);
      const cost = async (...attempts: Attempt[]) => {
        const before = statements();
        await adapter.countAttempt(attempts);
        return statements() - before;
      };
      const one = await cost(ACCOUNT);
      expect(await cost(NETWORK, ACCOUNT, { ...ACCOUNT, identifier: "grace@example.com" })).toBe(one);
    },
  },
  {
    name: "countAttempt on no counter answers nothing",
    async run(adapter) {
      expect(await adapter.countAttempt([])).toEqual([]);
    },
  },
  {
    name: "counters whose names differ in case are apart, also within one call",
    async run(adapter) {
      const upper = { ...ACCOUNT, identifier: "ADA@example.com", by: 2 };
      const other = { ...ACCOUNT, purpose: "Attempts:account", by: 3 };
      expect(await countsOf(adapter, ACCOUNT, upper, other)).toEqual([1, 2, 3]);
      expect(await countsOf(adapter, other, ACCOUNT, upper)).toEqual([6, 2, 4]);
    },
  },
  {
    name: "of several counters each keeps its own window, and only the one that has ended starts anew",
    async run(adapter) {
      await adapter.countAttempt([
        { ...ACCOUNT, by: 5 },
        { ...NETWORK, by: 3, expires: after(2 * HOUR) },
      ]);
      const ends = [after(5 * HOUR), after(9 * HOUR)] as const;
      const counted = await adapter.countAttempt([
        { ...NETWORK, now: after(HOUR), expires: ends[0] },
        { ...ACCOUNT, now: after(HOUR), expires: ends[1] },
      ]);
      expect(counted).toEqual([
        { attempts: 4, expires: after(2 * HOUR) },
        { attempts: 1, expires: ends[1] },
      ]);
    },
  },
  {
    name: "one counter is added to while another is taken back, never below zero, and all of it at most",
    async run(adapter) {
      await countsOf(adapter, { ...ACCOUNT, by: 7 }, { ...NETWORK, by: 2 });
      expect(await countsOf(adapter, { ...ACCOUNT, by: -ALL }, { ...NETWORK, by: -1 })).toEqual([0, 1]);
      expect(await countsOf(adapter, { ...NETWORK, by: -ALL }, ACCOUNT)).toEqual([0, 1]);
      const unseen = { ...ACCOUNT, identifier: "grace@example.com", by: -ALL };
      expect(await countsOf(adapter, unseen, ACCOUNT)).toEqual([0, 2]);
    },
  },
  {
    name: "a code whose time is over, counted with others, does not live again",
    async run(adapter) {
      await adapter.createVerification(verification());
      const { identifier, purpose, tokenHash } = verification();
      const late = { by: 1, now: after(HOUR), expires: after(9 * HOUR) };
      expect(await countsOf(adapter, { ...NETWORK, ...late }, { identifier, purpose, ...late })).toEqual([1, 1]);
      expect(await adapter.consumeVerification({ identifier, purpose, tokenHash, now: after(HOUR) })).toBeNull();
    },
  },
  {
    name: "B15: of 100 calls at once on the same two counters, in one order and in the other, none fails and no count is lost",
    async run(adapter) {
      const calls = values(
        await atOnce(100, async (i) => {
          const isForth = i % 2 === 0;
          const counted = await countsOf(adapter, ...(isForth ? [ACCOUNT, NETWORK] : [NETWORK, ACCOUNT]));
          return isForth ? counted : counted.reverse();
        }),
      );
      const all = Array.from({ length: 100 }, (_, index) => index + 1);
      for (const place of [0, 1]) expect(calls.map((counts) => counts[place] ?? 0).sort((a, b) => a - b)).toEqual(all);
    },
  },
];
