import { memoryAdapter } from "@latchkey/core/memory";
import * as argon2 from "@node-rs/argon2";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { atOnce, cookieOf, EMAIL, failing, openApp, outcomeOf, outcomesOf, PASSWORD, quiet, recording } from "./app.js";

vi.mock("@node-rs/argon2", { spy: true });
beforeEach(() => void vi.mocked(argon2.verify).mockClear());

const WRONG = { password: "not the right one" };
const WINDOW = 15 * 60;

describe("R-A5: guesses on one account", () => {
  test("I4: of 2,000 wrong passwords at once from 1,000 networks, 10 are compared", async () => {
    const { signIn, signUp } = openApp();
    await signUp();
    const answers = await atOnce(2000, (i) => signIn(WRONG, { ip: `10.0.${(i % 1000) >> 8}.${i & 255}` }));
    expect(await outcomesOf(answers)).toEqual({ "401 invalid_credentials": 10, "429 rate_limited": 1990 });
    expect(argon2.verify).toHaveBeenCalledTimes(10);
  });

  test("a flood on one account costs the database no statement for each request in line", async () => {
    const { adapter, calls } = recording(memoryAdapter());
    const { signIn } = openApp({ adapter });
    await atOnce(500, (i) => signIn(WRONG, { ip: `10.0.${i >> 8}.${i & 255}` }));
    // 10 guesses, and for each time that the line was empty one refusal, which takes the network's attempt back.
    expect(calls.filter((name) => name === "countAttempt").length).toBeLessThan(50);
  });

  test("50 right passwords at once are all answered 200", async () => {
    const { signIn, signUp } = openApp();
    await signUp();
    expect(await outcomesOf(await atOnce(50, () => signIn()))).toEqual({ "200": 50 });
  });

  test("instances on one database share the count", async () => {
    const adapter = memoryAdapter();
    const [one, two] = [openApp({ adapter }), openApp({ adapter })];
    await one.signUp();
    const answers = await atOnce(1000, (i) => (i % 2 ? one : two).signIn(WRONG, { ip: `10.1.${i >> 8}.${i & 255}` }));
    expect(await outcomesOf(answers)).toEqual({ "401 invalid_credentials": 10, "429 rate_limited": 990 });
  });

  test("the answer over the limit is the same for a right password and for an account that is not there", async () => {
    const { signIn, signUp } = openApp();
    await signUp();
    const limited: unknown[] = [];
    for (const email of [EMAIL, "nobody@example.com"]) {
      for (let i = 0; i < 10; i++)
        expect(await outcomeOf(await signIn({ ...WRONG, email }))).toBe("401 invalid_credentials");
      for (const password of [WRONG.password, PASSWORD]) {
        const answer = await signIn({ email, password });
        limited.push([answer.status, answer.headers.get("retry-after"), await answer.text()]);
      }
    }
    expect(limited[0]).toEqual([429, String(WINDOW), expect.stringContaining("rate_limited")]);
    for (const answer of limited) expect(answer).toEqual(limited[0]);
  });

  test("spellings of one address are one account", async () => {
    const { signIn } = openApp({ config: { rateLimit: { perAccount: 2 } } });
    await signIn({ ...WRONG, email: "ANN@example.com" });
    await signIn({ ...WRONG, email: "ann＠example.com" });
    expect(await outcomeOf(await signIn(WRONG))).toBe("429 rate_limited");
  });

  test("failures in a row count: a right password starts the count anew", async () => {
    const { signIn, signUp } = openApp();
    await signUp();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 9; i++) await signIn(WRONG);
      expect(await outcomeOf(await signIn())).toBe("200");
    }
  });

  test("nobody is locked out for good: the window ends by the clock, however often it was tried meanwhile", async () => {
    const { clock, signIn, signUp } = openApp();
    await signUp();
    for (let i = 0; i < 10; i++) await signIn(WRONG);
    clock.now += (WINDOW - 1) * 1000;
    const last = await signIn();
    expect([last.status, last.headers.get("retry-after")]).toEqual([429, "1"]);
    clock.now += 1000;
    expect(await outcomeOf(await signIn())).toBe("200");
  });

  test("the limit and the window are the config's", async () => {
    const { clock, signIn } = openApp({ config: { rateLimit: { perAccount: 1, window: "1m" } } });
    expect(await outcomeOf(await signIn(WRONG))).toBe("401 invalid_credentials");
    expect(await outcomeOf(await signIn(WRONG))).toBe("429 rate_limited");
    clock.now += 60_000;
    expect(await outcomeOf(await signIn(WRONG))).toBe("401 invalid_credentials");
  });

  test("guesses at the current password of /password/change are guesses on the account", async () => {
    const { post, signIn, signUp } = openApp();
    const cookie = cookieOf(await signUp());
    const guess = () =>
      post("/password/change", { currentPassword: WRONG.password, newPassword: "staple the battery" }, { cookie });
    expect(await outcomesOf(await atOnce(30, guess))).toEqual({
      "401 invalid_credentials": 10,
      "429 rate_limited": 20,
    });
    expect(await outcomeOf(await signIn())).toBe("429 rate_limited");
  });

  test("a count that cannot be made is 503, and nothing is compared", async () => {
    const adapter = failing(memoryAdapter(), "countAttempt", () => true);
    const { signIn, signUp } = openApp({ adapter, config: quiet });
    expect(await outcomeOf(await signIn())).toBe("503 unavailable");
    expect(await outcomeOf(await signUp())).toBe("503 unavailable");
    expect(argon2.verify).not.toHaveBeenCalled();
  });

  test("an attempt stays counted when the database fails while it is compared", async () => {
    let isDown = true;
    const adapter = failing(memoryAdapter(), "getUserWithAccount", () => isDown);
    const { signIn } = openApp({ adapter, config: { ...quiet, rateLimit: { perAccount: 1 } } });
    expect(await outcomeOf(await signIn(WRONG))).toBe("503 unavailable");
    isDown = false;
    expect(await outcomeOf(await signIn(WRONG))).toBe("429 rate_limited");
  });
});

describe("R-A5: guesses from one network", () => {
  const config = { rateLimit: { perIp: 20 } };

  test("of 100 accounts guessed at once from one address, 20 are compared", async () => {
    const { signIn } = openApp({ config });
    const answers = await atOnce(100, (i) => signIn({ ...WRONG, email: `person${i}@example.com` }));
    expect(await outcomesOf(answers)).toEqual({ "401 invalid_credentials": 20, "429 rate_limited": 80 });
    expect(argon2.verify).toHaveBeenCalledTimes(20);
  });

  test("another network is not concerned, another address of one IPv6 network is", async () => {
    const { signIn, signUp } = openApp({ config });
    await signUp();
    for (let i = 0; i < 20; i++) await signIn({ ...WRONG, email: `person${i}@example.com` }, { ip: `2001:db8::${i}` });
    expect(await outcomeOf(await signIn({}, { ip: "2001:db8::ffff" }))).toBe("429 rate_limited");
    expect(await outcomeOf(await signIn({}, { ip: "2001:db8:0:1::1" }))).toBe("200");
  });

  test("requests whose address nobody knows are limited as one", async () => {
    const { auth } = openApp({ config });
    const ask = (i: number) =>
      auth.handler(
        new Request("https://app.test/auth/signin/password", {
          method: "POST",
          body: JSON.stringify({ ...WRONG, email: `person${i}@example.com` }),
          headers: { "content-type": "application/json", "x-forwarded-for": `10.0.0.${i}` },
        }),
      );
    expect(await outcomesOf(await atOnce(30, ask))).toEqual({ "401 invalid_credentials": 20, "429 rate_limited": 10 });
  });

  test("a network over its limit cannot use up the attempts of an account", async () => {
    const { signIn, signUp } = openApp({ config });
    await signUp();
    for (let i = 0; i < 20; i++) await signIn({ ...WRONG, email: `person${i}@example.com` });
    for (let i = 0; i < 15; i++) expect(await outcomeOf(await signIn(WRONG))).toBe("429 rate_limited");
    expect(await outcomeOf(await signIn({}, { ip: "198.51.100.7" }))).toBe("200");
  });

  test("what a network over its limit sends costs the database nothing for some seconds", async () => {
    const { adapter, calls } = recording(memoryAdapter());
    const { clock, signIn } = openApp({ adapter, config });
    for (let i = 0; i < 21; i++) await signIn({ ...WRONG, email: `person${i}@example.com` });
    calls.length = 0;
    for (let i = 0; i < 50; i++)
      expect(await outcomeOf(await signIn({ ...WRONG, email: `other${i}@example.com` }))).toBe("429 rate_limited");
    expect(calls).toEqual([]);
    clock.now += 10_000;
    expect(await outcomeOf(await signIn({ ...WRONG, email: "late@example.com" }))).toBe("429 rate_limited");
    expect(calls).toContain("countAttempt");
  });

  test("an account over its limit does not use up the attempts of a network", async () => {
    const { signIn, signUp } = openApp({ config });
    await signUp();
    await signUp({ email: "bob@example.com" });
    for (let i = 0; i < 40; i++) await signIn(WRONG);
    expect(await outcomeOf(await signIn({ email: "bob@example.com" }))).toBe("200");
  });

  test("a request that account and network refuse is told when both let it pass", async () => {
    const { clock, signIn } = openApp({ config: { rateLimit: { perAccount: 2, perIp: 3, window: 100 } } });
    for (let i = 0; i < 2; i++) await signIn({ ...WRONG, email: "first@example.com" });
    clock.now += 40_000;
    for (let i = 0; i < 2; i++) await signIn(WRONG, { ip: "198.51.100.7" });
    await signIn({ ...WRONG, email: "second@example.com" });
    const answer = await signIn(WRONG);
    expect([await outcomeOf(answer), answer.headers.get("retry-after")]).toEqual(["429 rate_limited", "100"]);
  });

  test("I4: account and network are counted before the account is read, and taken back after the password was right", async () => {
    const { adapter, calls } = recording(memoryAdapter());
    const { signIn, signUp } = openApp({ adapter });
    await signUp();
    calls.length = 0;
    await signIn();
    expect(calls).toEqual(["countAttempt", "getUserWithAccount", "countAttempt", "createSession"]);
  });

  test("100 right sign-ins at once from one address are all answered 200", async () => {
    const { signIn, signUp } = openApp({ config });
    for (let i = 0; i < 20; i++) await signUp({ email: `person${i}@example.com` });
    const answers = await atOnce(100, (i) => signIn({ email: `person${i % 20}@example.com` }));
    expect(await outcomesOf(answers)).toEqual({ "200": 100 });
  });
});

describe("sign-ups from one network", () => {
  const config = { rateLimit: { perIp: 20 } };

  test("60 at once with addresses of their own are all answered 201", async () => {
    const { signUp } = openApp({ config });
    expect(await outcomesOf(await atOnce(60, (i) => signUp({ email: `person${i}@example.com` })))).toEqual({
      "201": 60,
    });
  });

  test("R-A8: those with taken addresses are counted, so that a list cannot be tried out", async () => {
    const { signUp } = openApp({ config });
    await signUp();
    expect(await outcomesOf(await atOnce(50, () => signUp()))).toEqual({
      "409 user_exists": 20,
      "429 rate_limited": 30,
    });
  });

  test("those with refused passwords cost no hash and are not counted", async () => {
    vi.mocked(argon2.hash).mockClear();
    const { signUp } = openApp({ config });
    const answers = await atOnce(50, () => signUp({ password: "password" }));
    expect(await outcomesOf(answers)).toEqual({ "400 password_rejected": 50 });
    expect(argon2.hash).not.toHaveBeenCalled();
    expect(await outcomeOf(await signUp())).toBe("201");
  });
});
