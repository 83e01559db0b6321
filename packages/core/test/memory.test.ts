/** The reference adapter: it keeps the contract, and the limits of its own. */
import { afterEach, expect, test, vi } from "vitest";
import { memoryAdapter } from "../src/memory/index.js";
import { account, after, NOW, session, user, verification } from "../src/testkit/adapter-suite-records.js";
import { adapterSuite } from "../src/testkit/index.js";

adapterSuite("memory", async () => ({ adapter: memoryAdapter(), statements: () => 0, close: async () => {} }));

afterEach(() => vi.unstubAllEnvs());

test("memoryAdapter refuses production at the call, not at the import", () => {
  vi.stubEnv("NODE_ENV", "production");
  expect(() => memoryAdapter()).toThrow(expect.objectContaining({ code: "config_invalid" }));
  vi.stubEnv("NODE_ENV", "test");
  expect(() => memoryAdapter()).not.toThrow();
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10" as unknown as number])(
  "memoryAdapter refuses max %s",
  (max) => {
    expect(() => memoryAdapter({ max })).toThrow(expect.objectContaining({ code: "config_invalid" }));
  },
);

test("a full table takes no more rows, says so, and keeps what it has", async () => {
  const adapter = memoryAdapter({ max: 2 });
  await adapter.createUser(user("user-1"));
  await adapter.createUser(user("user-2"));
  await expect(adapter.createUser(user("user-3"))).rejects.toMatchObject({ code: "config_invalid" });
  await adapter.createSession(session("session-1"));
  await adapter.createSession(session("session-2"));
  await expect(adapter.createSession(session("session-3"))).rejects.toThrow("memoryAdapter holds 2 sessions");
  expect(await adapter.listSessions("user-1", NOW)).toHaveLength(2);
});

test("a full table drops sessions and verifications that have expired, and no others", async () => {
  const adapter = memoryAdapter({ max: 2 });
  await adapter.createUser(user("user-1"));
  await adapter.createSession(session("over", { expires: after(1) }));
  await adapter.createSession(session("live", { expires: after(2) }));
  await adapter.createSession(session("new", { createdAt: after(1) }));
  expect((await adapter.listSessions("user-1", after(0))).map(({ id }) => id)).toEqual(["new", "live"]);

  const window = { purpose: "attempts", by: 1 };
  await adapter.countAttempt([{ ...window, identifier: "a", expires: after(1), now: NOW }]);
  await adapter.createVerification(verification());
  await adapter.countAttempt([{ ...window, identifier: "b", expires: after(9), now: after(1) }]);
  const next = { ...window, identifier: "c", expires: after(9), now: after(1) };
  await expect(adapter.countAttempt([next])).rejects.toMatchObject({ code: "config_invalid" });
});

test("createUserWithAccount adds neither when the accounts are full", async () => {
  const adapter = memoryAdapter({ max: 1 });
  await adapter.createUserWithAccount(user("user-1"), account("account-1"));
  await adapter.deleteUser("user-1");
  await adapter.createUser(user("user-2"));
  await adapter.createAccount(account("account-2", { userId: "user-2" }));
  await expect(
    adapter.createUserWithAccount(user("user-3"), account("account-3", { userId: "user-3" })),
  ).rejects.toMatchObject({ code: "config_invalid" });
  expect(await adapter.getUser("user-3")).toBeNull();
});

test("two adapters share nothing", async () => {
  const [one, other] = [memoryAdapter(), memoryAdapter()];
  await one.createUser(user("user-1"));
  expect(await other.getUser("user-1")).toBeNull();
});
