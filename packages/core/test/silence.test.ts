/** F-5: requests do not pile up before a database that is silent. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { guardAdapter } from "../src/contracts/guarded-adapter.js";
import { DEFAULTS } from "../src/index.js";
import { memoryAdapter } from "../src/memory/index.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An adapter whose calls wait until they are answered by hand. */
function openSilent() {
  const waiting: (() => void)[] = [];
  const giveUp: (() => void)[] = [];
  let isSilent = true;
  const adapter = memoryAdapter();
  const getUser = () => {
    if (!isSilent) return Promise.resolve(null);
    return new Promise<null>((resolve, reject) => {
      waiting.push(() => resolve(null));
      giveUp.push(() => reject(new Error("the driver gave up")));
    });
  };
  return {
    adapter: guardAdapter(Object.assign(Object.create(adapter), { getUser, getUserByEmail: async () => null })),
    waiting,
    giveUp,
    speak: () => (isSilent = false),
  };
}

const PAST_DEADLINE = DEFAULTS.adapterTimeout * 1000 + 1;
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => "answered",
    (error: { code: string }) => error.code,
  );

test("after ten calls without an answer further ones fail at once and never reach the database", async () => {
  const { adapter, waiting } = openSilent();
  const first = Array.from({ length: 10 }, () => outcome(adapter.getUser("u")));
  await vi.advanceTimersByTimeAsync(PAST_DEADLINE);
  expect(await Promise.all(first)).toEqual(Array(10).fill("unavailable"));

  const probe = outcome(adapter.getUser("u"));
  const further = await Promise.all(Array.from({ length: 500 }, () => outcome(adapter.getUser("u"))));
  expect(further).toEqual(Array(500).fill("unavailable"));
  expect(waiting).toHaveLength(11);
  await vi.advanceTimersByTimeAsync(PAST_DEADLINE);
  expect(await probe).toBe("unavailable");
});

test("I10: one call a second finds out that the database is back; then all are let through", async () => {
  const { adapter, waiting, speak } = openSilent();
  const first = Array.from({ length: 10 }, () => outcome(adapter.getUser("u")));
  await vi.advanceTimersByTimeAsync(PAST_DEADLINE);
  await Promise.all(first);
  speak();
  expect(await outcome(adapter.getUser("u"))).toBe("answered");
  expect(await Promise.all(Array.from({ length: 20 }, () => outcome(adapter.getUser("u"))))).toEqual(
    Array(20).fill("answered"),
  );
  expect(waiting).toHaveLength(10);
});

test("a call that is answered late ends the silence; one that fails late does not", async () => {
  const { adapter, waiting, giveUp } = openSilent();
  const first = Array.from({ length: 10 }, () => outcome(adapter.getUser("u")));
  await vi.advanceTimersByTimeAsync(PAST_DEADLINE);
  await Promise.all(first);
  void outcome(adapter.getUser("u"));
  for (const fail of giveUp.slice(1)) fail();
  await vi.advanceTimersByTimeAsync(0);
  void outcome(adapter.getUser("u"));
  expect(waiting).toHaveLength(11);

  waiting[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  void outcome(adapter.getUser("u"));
  void outcome(adapter.getUser("u"));
  expect(waiting).toHaveLength(13);
});

test("slow calls do not stop others while the database answers any: a long clean-up is no outage", async () => {
  const { adapter, waiting } = openSilent();
  for (let round = 0; round < 5; round++) {
    const slow = Array.from({ length: 9 }, () => outcome(adapter.getUser("u")));
    await vi.advanceTimersByTimeAsync(PAST_DEADLINE);
    await Promise.all(slow);
    expect(await adapter.getUserByEmail("nobody@example.com")).toBeNull();
  }
  expect(waiting).toHaveLength(45);
});
