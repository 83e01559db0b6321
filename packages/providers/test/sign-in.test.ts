import { createId } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import * as argon2 from "@node-rs/argon2";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { accountOf, cookieOf, EMAIL, failing, openApp, outcomeOf, PASSWORD, quiet, recording } from "./app.js";

// The real functions, counted: the work of two requests is compared by what they do, not by how long they take.
vi.mock("@node-rs/argon2", { spy: true });
beforeEach(() => void vi.mocked(argon2.verify).mockClear());
beforeEach(() => void vi.mocked(argon2.hash).mockClear());

describe("POST /signin/password", () => {
  test("S1.93: answers 200 with the session and its cookie", async () => {
    const { signIn, signUp } = openApp();
    await signUp({ name: "Ann" });
    const answer = await signIn();
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ session: { type: "password", user: { email: EMAIL, name: "Ann" } } });
    expect(cookieOf(answer)).not.toBe("");
  });

  test("R-S3: signing in again gives a new token, and the old one is dead", async () => {
    const { post, signIn, signUp } = openApp();
    const first = cookieOf(await signUp());
    const second = cookieOf(await signIn({}, { cookie: first }));
    expect(second).not.toBe(first);
    expect(await (await post("/signout", {}, { cookie: first })).json()).toMatchObject({ revoked: false });
    expect(await (await post("/signout", {}, { cookie: second })).json()).toMatchObject({ revoked: true });
  });

  test("a form post is answered with a redirect and the cookie", async () => {
    const { auth, signUp } = openApp();
    await signUp();
    const post = (password: string) =>
      auth.handler(
        new Request("https://app.test/auth/signin/password", {
          method: "POST",
          body: new URLSearchParams({ email: EMAIL, password, callbackUrl: "/inbox" }),
        }),
      );
    const [right, wrong] = [await post(PASSWORD), await post("not the right one")];
    expect([right.status, right.headers.get("location")]).toEqual([303, "/inbox"]);
    expect(right.headers.getSetCookie()).toHaveLength(1);
    expect([wrong.status, wrong.headers.getSetCookie()]).toEqual([303, []]);
    expect(wrong.headers.get("location")).toBe("/login?error=invalid_credentials&callbackUrl=%2Finbox");
  });
});

describe("R-A8, B34: no answer tells whether there is an account", () => {
  /** Somebody with a password, somebody without one, somebody disabled. */
  async function openTown() {
    const { adapter, calls } = recording(memoryAdapter());
    const app = openApp({ adapter });
    await app.signUp();
    await app.signUp({ email: "disabled@example.com" });
    const { user } = await accountOf(adapter, "disabled@example.com");
    await adapter.updateUser(user.id, { disabledAt: new Date(app.clock.now) });
    const dates = { createdAt: new Date(app.clock.now), updatedAt: new Date(app.clock.now) };
    await adapter.createUser({ id: createId(), email: "no-password@example.com", ...dates });
    const noHash = await adapter.createUser({ id: createId(), email: "no-hash@example.com", ...dates });
    const account = { provider: "password", providerAccountId: noHash.id, ...dates };
    await adapter.createAccount({ id: createId(), userId: noHash.id, ...account });
    return { ...app, calls };
  }

  const KNOWN = [EMAIL, "no-password@example.com", "no-hash@example.com", "disabled@example.com"];

  test("a wrong password is answered alike, byte for byte, for every kind of account and for none", async () => {
    const { signIn } = await openTown();
    const answers: unknown[] = [];
    for (const email of [...KNOWN, "nobody@example.com"]) {
      const answer = await signIn({ email, password: "not the right one" });
      answers.push([answer.status, [...answer.headers], await answer.text()]);
    }
    expect(answers[0]).toEqual([401, expect.any(Array), expect.stringContaining("invalid_credentials")]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test("the work is the same: the same calls of the adapter, one comparison at the same cost", async () => {
    const { calls, signIn } = await openTown();
    const works: unknown[] = [];
    for (const email of ["nobody@example.com", ...KNOWN]) {
      calls.length = 0;
      vi.mocked(argon2.verify).mockClear();
      await signIn({ email, password: "not the right one" });
      const compared = vi.mocked(argon2.verify).mock.calls.map(([stored]) => argon2.parseOptions(stored as string));
      works.push({ calls: [...calls], compared });
    }
    expect(works[0]).toEqual({
      calls: ["countAttempt", "getUserWithAccount"],
      compared: [expect.objectContaining({ memoryCost: 19_456, timeCost: 2, parallelism: 1 })],
    });
    for (const work of works) expect(work).toEqual(works[0]);
  });

  test("the hash for accounts that are not there is made once, also when many ask at once, and for all alike", async () => {
    const { signIn, signUp } = openApp();
    await signUp();
    vi.mocked(argon2.hash).mockClear();
    const emails = ["nobody@example.com", "noone@example.com", EMAIL];
    await Promise.all(emails.map((email) => signIn({ email, password: "not the right one" })));
    expect(argon2.hash).toHaveBeenCalledTimes(1);
    await signIn({ email: "somebody@example.com" });
    expect(argon2.hash).toHaveBeenCalledTimes(1);
  });

  test("a hash that could not be made is made again at the next request", async () => {
    const { signIn } = openApp({ config: quiet });
    vi.mocked(argon2.hash).mockRejectedValueOnce(new Error("out of memory"));
    expect((await signIn()).status).toBe(500);
    expect(await outcomeOf(await signIn())).toBe("401 invalid_credentials");
  });

  test("only who knows the password is told that the account is disabled", async () => {
    const { signIn } = await openTown();
    const email = "disabled@example.com";
    expect(await outcomeOf(await signIn({ email, password: "not the right one" }))).toBe("401 invalid_credentials");
    const answer = await signIn({ email });
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await outcomeOf(answer)).toBe("403 user_disabled");
  });

  test("the password of one account is no password of another", async () => {
    const { signIn, signUp } = openApp();
    await signUp();
    await signUp({ email: "bob@example.com", password: "staple the battery" });
    expect(await outcomeOf(await signIn({ email: "bob@example.com" }))).toBe("401 invalid_credentials");
  });
});

test("R-L1: a stored hash that cannot be read is an error of the server, reported without the hash", async () => {
  const errors: Error[] = [];
  const { adapter, signIn, signUp } = openApp({ config: { hooks: { onError: (error) => void errors.push(error) } } });
  await signUp();
  const { account } = await accountOf(adapter);
  await adapter.updateAccount(account.id, { passwordHash: "$2b$12$canary" });
  const answer = await signIn();
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain("canary");
  expect(errors.map((error) => error.message + String(error.cause))).toEqual([expect.not.stringContaining("canary")]);
});

test("I5: a database that is down is 503 with Retry-After, neither a wrong password nor a right one", async () => {
  const { signIn } = openApp({ adapter: failing(memoryAdapter(), "getUserWithAccount", () => true), config: quiet });
  const answer = await signIn();
  expect(await outcomeOf(answer)).toBe("503 unavailable");
  expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(answer.headers.getSetCookie()).toEqual([]);
});
