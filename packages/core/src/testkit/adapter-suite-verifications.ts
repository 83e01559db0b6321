/** Rules for verifications and counters: one taker of each, no two calls with one count. */
import type { Adapter, Attempt, AttemptCount } from "../contracts/adapter.js";
import { type AdapterCase, after, atOnce, HOUR, NOW, values, verification } from "./adapter-suite-records.js";
import { expect } from "./runner.js";

const KEY = { identifier: "ada@example.com", purpose: "email-link", tokenHash: "hash-of-link", now: NOW };
const WINDOW = { identifier: "ada@example.com", purpose: "otp-attempts", by: 1, expires: after(HOUR), now: NOW };

async function countOne(adapter: Adapter, attempt: Attempt): Promise<AttemptCount | undefined> {
  return (await adapter.countAttempt([attempt]))[0];
}

async function count(adapter: Adapter, by: number, fields: Partial<typeof WINDOW> = {}): Promise<number | undefined> {
  return (await countOne(adapter, { ...WINDOW, ...fields, by }))?.attempts;
}

export const verificationCases: AdapterCase[] = [
  {
    name: "consumeVerification returns the whole record and takes it out",
    async run(adapter) {
      const stored = verification({ attempts: 2, expires: after(HOUR + 1), createdAt: after(-1) });
      await adapter.createVerification(stored);
      expect(await adapter.consumeVerification(KEY)).toEqual(stored);
      expect(await adapter.consumeVerification(KEY)).toBeNull();
    },
  },
  {
    name: "a verification that was not consumed is still there: wrong hash, identifier, purpose or time",
    async run(adapter) {
      await adapter.createVerification(verification());
      const wrong = [
        { tokenHash: "hash-of-other" },
        { tokenHash: "HASH-OF-LINK" },
        { identifier: "Ada@example.com" },
        { purpose: "password-reset" },
        { now: after(HOUR) },
        { now: after(HOUR + 1) },
      ];
      for (const fields of wrong)
        expect(await adapter.consumeVerification({ ...KEY, ...fields }), JSON.stringify(fields)).toBeNull();
      expect(await adapter.consumeVerification({ ...KEY, now: after(HOUR - 1) })).toEqual(verification());
    },
  },
  {
    name: "of 100 calls at once, one consumes a verification",
    async run(adapter) {
      await adapter.createVerification(verification());
      const taken = values(await atOnce(100, () => adapter.consumeVerification(KEY)));
      expect(taken.filter((one) => one !== null)).toEqual([verification()]);
    },
  },
  {
    name: "createVerification takes the place of the one with the same identifier and purpose, whole",
    async run(adapter) {
      await adapter.createVerification(verification({ attempts: 4 }));
      await adapter.createVerification(verification({ purpose: "password-reset", id: "verification-2" }));
      const next = verification({ id: "verification-3", tokenHash: "hash-of-next", createdAt: after(1) });
      await adapter.createVerification(next);
      expect(await adapter.consumeVerification(KEY)).toBeNull();
      expect(await adapter.consumeVerification({ ...KEY, tokenHash: "hash-of-next" })).toEqual(next);
      expect(await adapter.consumeVerification({ ...KEY, purpose: "password-reset" })).not.toBeNull();
    },
  },
  {
    name: "of 50 verifications for one purpose at once, one is left",
    async run(adapter) {
      const added = await atOnce(50, (i) =>
        adapter.createVerification(verification({ id: `v-${i}`, tokenHash: `h-${i}` })),
      );
      values(added);
      const taken = values(await atOnce(50, (i) => adapter.consumeVerification({ ...KEY, tokenHash: `h-${i}` })));
      expect(taken.filter((one) => one !== null)).toHaveLength(1);
    },
  },
  {
    name: "deleteVerification removes this one only, and nothing happens when there is none",
    async run(adapter) {
      await adapter.createVerification(verification());
      await adapter.createVerification(verification({ id: "verification-2", purpose: "password-reset" }));
      await adapter.deleteVerification({ identifier: KEY.identifier, purpose: KEY.purpose });
      await adapter.deleteVerification({ identifier: KEY.identifier, purpose: KEY.purpose });
      expect(await adapter.consumeVerification(KEY)).toBeNull();
      expect(await adapter.consumeVerification({ ...KEY, purpose: "password-reset" })).not.toBeNull();
    },
  },
  {
    name: "countAttempt opens a window and counts in it; later calls do not move its end",
    async run(adapter) {
      expect(await countOne(adapter, WINDOW)).toEqual({ attempts: 1, expires: after(HOUR) });
      const later = { ...WINDOW, now: after(HOUR - 1), expires: after(9 * HOUR) };
      expect(await countOne(adapter, { ...later, by: 3 })).toEqual({ attempts: 4, expires: after(HOUR) });
    },
  },
  {
    name: "a window that has ended starts anew, at the very millisecond of its end",
    async run(adapter) {
      await count(adapter, 7);
      const next = { ...WINDOW, now: after(HOUR), expires: after(2 * HOUR + 1) };
      expect(await countOne(adapter, next)).toEqual({ attempts: 1, expires: after(2 * HOUR + 1) });
      expect(await count(adapter, 1, { now: after(HOUR) })).toBe(2);
    },
  },
  {
    name: "a count never goes below zero, in a window or at its start",
    async run(adapter) {
      expect(await count(adapter, -5)).toBe(0);
      expect(await count(adapter, 2)).toBe(2);
      expect(await count(adapter, -1)).toBe(1);
      expect(await count(adapter, -5)).toBe(0);
      expect(await count(adapter, 1)).toBe(1);
      expect(await count(adapter, 0)).toBe(1);
      expect(await count(adapter, -1, { now: after(HOUR), expires: after(2 * HOUR) })).toBe(0);
    },
  },
  {
    name: "counters of other identifiers and purposes are apart",
    async run(adapter) {
      await count(adapter, 5);
      expect(await count(adapter, 1, { identifier: "Ada@example.com" })).toBe(1);
      expect(await count(adapter, 1, { purpose: "otp-sends" })).toBe(1);
      expect(await count(adapter, 1)).toBe(6);
    },
  },
  {
    name: "deleteVerification ends a counter",
    async run(adapter) {
      await count(adapter, 5);
      await adapter.deleteVerification({ identifier: WINDOW.identifier, purpose: WINDOW.purpose });
      expect(await count(adapter, 1)).toBe(1);
    },
  },
  {
    name: "B15: of 200 attempts at once, no two see the same count",
    async run(adapter) {
      const counts = values(await atOnce(200, () => countOne(adapter, WINDOW)));
      const sorted = counts.map((counted) => counted?.attempts ?? 0).sort((a, b) => a - b);
      expect(sorted).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    },
  },
  {
    name: "of 50 attempts at the end of a window at once, one starts the next and none is lost",
    async run(adapter) {
      await count(adapter, 9);
      const next = { ...WINDOW, now: after(HOUR), expires: after(2 * HOUR) };
      const counts = values(await atOnce(50, () => countOne(adapter, next)));
      expect(counts.map((counted) => counted?.attempts ?? 0).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, i) => i + 1),
      );
    },
  },
  {
    name: "attempts count on a code that was sent, and leave it good until its time is over",
    async run(adapter) {
      await adapter.createVerification(verification());
      const attempt = { ...WINDOW, purpose: KEY.purpose, expires: after(9 * HOUR) };
      expect(await countOne(adapter, attempt)).toEqual({ attempts: 1, expires: after(HOUR) });
      expect(await adapter.consumeVerification(KEY)).toEqual(verification({ attempts: 1 }));
    },
  },
  {
    name: "a code whose time is over does not live again because somebody counts",
    async run(adapter) {
      await adapter.createVerification(verification());
      const attempt = { ...WINDOW, purpose: KEY.purpose, now: after(HOUR), expires: after(9 * HOUR) };
      expect(await countOne(adapter, attempt)).toEqual({ attempts: 1, expires: after(9 * HOUR) });
      expect(await adapter.consumeVerification({ ...KEY, now: after(HOUR) })).toBeNull();
    },
  },
];
