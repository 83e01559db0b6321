import type { Adapter } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import * as argon2 from "@node-rs/argon2";
import { describe, expect, test } from "vitest";
import { PasswordHasher } from "../src/password/hash.js";
import {
  accountOf,
  atOnce,
  cookieOf,
  failing,
  interruptible,
  openApp,
  outcomeOf,
  outcomesOf,
  PASSWORD,
  quiet,
} from "./app.js";

const WEAK = { memoryCost: 7168, timeCost: 5 };
const STRONG = { memoryCost: 12_288, timeCost: 6 };

describe("R-A4: stored hashes", () => {
  test("are salted Argon2id PHC strings with 19 MiB, 2 passes and 1 lane", async () => {
    const { adapter, signUp } = openApp();
    await signUp();
    await signUp({ email: "bob@example.com" });
    const hashes = [await accountOf(adapter), await accountOf(adapter, "bob@example.com")].map(
      ({ account }) => account.passwordHash as string,
    );
    expect(new Set(hashes).size).toBe(2);
    for (const stored of hashes) {
      expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
      expect(await argon2.verify(stored, PASSWORD)).toBe(true);
    }
  });

  test.each<[object, string]>([
    [{ memoryCost: 7167, timeCost: 100 }, "below 7 MiB"],
    [{ memoryCost: 7168, timeCost: 4 }, "less work than 7 MiB in 5 passes"],
    [{ memoryCost: 19_456, timeCost: 1 }, "less work than 7 MiB in 5 passes"],
    [{ memoryCost: 19_456 * 1024 }, "bytes for KiB"],
    [{ timeCost: 2.5 }, "no whole number"],
    [{ timeCost: Number.NaN }, "no number"],
    [{ parallelism: 0 }, "no lane"],
    [{ memoryCost: "19456" }, "a string"],
    [{ memory: 19_456 }, "no such option"],
    [{ __proto__: null, constructor: 1 }, "no such option"],
  ])("%o is refused at start: %s", (argon2) => {
    expect(() => openApp({ password: { argon2: argon2 as never } })).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
  });

  test.each([[{ memoryCost: 47_104, timeCost: 1 }], [{ memoryCost: 12_288, timeCost: 3 }], [WEAK]])(
    "%o, which OWASP holds equivalent, is accepted",
    async (cost) => {
      const { signIn, signUp } = openApp({ password: { argon2: cost } });
      await signUp();
      expect(await outcomeOf(await signIn())).toBe("200");
    },
  );
});

describe("R-A4: renewal of weaker hashes", () => {
  /** A user whose hash was made at low cost, and an app that asks for more. */
  async function openRaised(adapter: Adapter = memoryAdapter(), password = PASSWORD) {
    await openApp({ adapter, password: { argon2: WEAK } }).signUp({ password });
    return openApp({ adapter, password: { argon2: STRONG }, config: quiet });
  }
  const costOf = async (adapter: Adapter) => {
    const { memoryCost, timeCost } = argon2.parseOptions((await accountOf(adapter)).account.passwordHash as string);
    return { memoryCost, timeCost };
  };

  test("a right password renews the hash, and signs in before and after", async () => {
    const { adapter, signIn } = await openRaised();
    for (let i = 0; i < 2; i++) expect(await outcomeOf(await signIn())).toBe("200");
    expect(await costOf(adapter)).toEqual(STRONG);
  });

  test("a wrong one does not, nor does a right one when the stored hash is as strong or stronger", async () => {
    const { adapter, signIn } = await openRaised();
    await signIn({ password: "not the right one" });
    expect(await costOf(adapter)).toEqual(WEAK);

    await signIn();
    const { account } = await accountOf(adapter);
    await openApp({ adapter, password: { argon2: WEAK } }).signIn();
    await signIn();
    expect((await accountOf(adapter)).account).toEqual(account);
  });

  test("many right ones at once on two instances all sign in", async () => {
    const one = await openRaised();
    const two = openApp({ adapter: one.adapter, password: { argon2: STRONG } });
    const answers = await atOnce(16, (i) => (i % 2 ? one : two).signIn());
    expect(await outcomesOf(answers)).toEqual({ "200": 16 });
    expect(await costOf(one.adapter)).toEqual(STRONG);
  });

  test("a renewal never undoes a change of the password that was made meanwhile", async () => {
    const base = memoryAdapter();
    const other = openApp({ adapter: base, password: { argon2: WEAK } });
    const cookie = cookieOf(await other.signUp());
    // Another instance changes the password after this one has compared and before it renews.
    const fields = { currentPassword: PASSWORD, newPassword: "staple the battery" };
    const change = async () => expect((await other.post("/password/change", fields, { cookie })).status).toBe(200);
    const { adapter, interrupt } = interruptible(base);
    interrupt("updateAccount", change);
    const raised = openApp({ adapter, password: { argon2: STRONG } });
    expect(await outcomeOf(await raised.signIn())).toBe("401 invalid_credentials");
    expect(await outcomeOf(await other.signIn())).toBe("401 invalid_credentials");
    expect(await outcomeOf(await other.signIn({ password: "staple the battery" }))).toBe("200");
  });

  test("a renewal that the database refuses is 503 and no session; the next sign-in renews", async () => {
    let isDown = true;
    const { adapter, signIn } = await openRaised(failing(memoryAdapter(), "updateAccount", () => isDown));
    const answer = await signIn();
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await outcomeOf(answer)).toBe("503 unavailable");
    isDown = false;
    expect(await outcomeOf(await signIn())).toBe("200");
    expect(await costOf(adapter)).toEqual(STRONG);
  });
});

describe("F-23: hashing leaves the event loop free", () => {
  test("timers fire while 50 hashes are made", async () => {
    const hasher = new PasswordHasher();
    const hashes = Promise.all(Array.from({ length: 50 }, () => hasher.hash(PASSWORD)));
    let isDone = false;
    void hashes.then(() => {
      isDone = true;
    });
    let ticks = 0;
    while (!isDone) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      ticks++;
    }
    // Work on the loop's own thread would let a timer fire between two hashes at most.
    expect(ticks).toBeGreaterThan(50);
    expect(new Set(await hashes).size).toBe(50);
  });
});
