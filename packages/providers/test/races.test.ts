/** Sign-ins that a change of the password, or a renewal of its hash, overtakes. */
import { type Adapter, AuthError } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test } from "vitest";
import { accountOf, atOnce, cookieOf, interruptible, openApp, outcomeOf, PASSWORD, quiet, recording } from "./app.js";
import { openTestDatabase } from "./database.js";

const NEW = "staple the battery";
const CHANGE = { currentPassword: PASSWORD, newPassword: NEW };
const WEAK = { password: { argon2: { memoryCost: 7168, timeCost: 5 } } };
const STRONGER = { password: { argon2: { memoryCost: 9216, timeCost: 5 } } };

const DATABASES: Record<string, () => Promise<() => Adapter>> = {
  memory: async () => {
    const adapter = memoryAdapter();
    return () => adapter;
  },
  SQLite: async () => (await openTestDatabase()).connect,
};

type App = ReturnType<typeof openApp>;

async function isSignedIn(app: App, cookie: string): Promise<boolean> {
  return (await app.auth.getSession(new Request("https://app.test/", { headers: { cookie } }))) !== null;
}

describe.each(Object.entries(DATABASES))("on %s", (_name, open) => {
  /** Two instances on one database, and the session of somebody who is about to change their password on the second. */
  async function openTwo() {
    const connect = await open();
    const [mine, theirs] = [interruptible(connect()), interruptible(connect())];
    const [one, two] = [openApp({ adapter: mine.adapter, ...WEAK }), openApp({ adapter: theirs.adapter, ...WEAK })];
    const cookie = cookieOf(await two.signUp());
    const change = () => two.post("/password/change", CHANGE, { cookie });
    return { one, two, mine, theirs, cookie, change };
  }

  /** The calls of a change of the password, one by one. */
  async function callsOfChange(): Promise<string[]> {
    const { adapter, calls } = recording((await open())());
    const app = openApp({ adapter, ...WEAK });
    const cookie = cookieOf(await app.signUp());
    calls.length = 0;
    expect((await app.post("/password/change", CHANGE, { cookie })).status).toBe(200);
    return calls;
  }

  test.each(["countAttempt", "getUserWithAccount", "createSession"] as const)(
    "I1: a change of the password before %s of a sign-in with the old one leaves that no session",
    async (method) => {
      const { one, two, mine, change } = await openTwo();
      let rotated = "";
      mine.interrupt(method, async () => {
        rotated = cookieOf(await change());
      });
      const answer = await one.signIn();
      expect([await outcomeOf(answer), cookieOf(answer)]).toEqual(["401 invalid_credentials", ""]);
      expect(await isSignedIn(two, rotated)).toBe(true);
      const { user } = await accountOf(one.adapter);
      expect(await one.adapter.listSessions(user.id, new Date(one.clock.now))).toHaveLength(1);
    },
  );

  test("I1, F-19: a sign-in that compared the old password ends with the change, at whichever of its calls it goes on", async () => {
    const calls = await callsOfChange();
    expect(calls.filter((name) => name === "replacePassword")).toHaveLength(1);
    const outcomes: string[] = [];
    for (let place = 0; place < calls.length; place++) {
      const connect = await open();
      const mine = interruptible(connect());
      const theirs = stopping(connect());
      const [one, two] = [openApp({ adapter: mine.adapter, ...WEAK }), openApp({ adapter: theirs.adapter, ...WEAK })];
      const cookie = cookieOf(await two.signUp());
      const change = { answer: Promise.resolve(new Response()) };
      // The sign-in has compared; the change goes as far as this call; the sign-in goes on to its end; then the change does.
      const stopped = theirs.stopAt(place);
      mine.interrupt("createSession", async () => {
        change.answer = two.post("/password/change", CHANGE, { cookie });
        await stopped.reached;
      });
      const signedIn = await one.signIn();
      stopped.goOn();
      const rotated = cookieOf(await change.answer);
      outcomes.push(await outcomeOf(signedIn));
      expect([(await change.answer).status, await isSignedIn(two, rotated)], `call ${place}`).toEqual([200, true]);
      expect(await isSignedIn(one, cookieOf(signedIn)), `call ${place}`).toBe(false);
    }
    const until = calls.indexOf("replacePassword");
    expect(outcomes).toEqual(calls.map((_, place) => (place <= until ? "200" : "401 invalid_credentials")));
  });

  test("I1: of 20 sign-ins at once with the old password none outlives the change that runs beside them", async () => {
    const { one, two, change } = await openTwo();
    // Those that come too late are wrong ones, and there are more of them than one account may have.
    const options = { adapter: one.adapter, ...WEAK, config: { rateLimit: { perAccount: 100 } } };
    const crowd = [openApp(options), openApp(options)] as const;
    const others = atOnce(20, (i) => crowd[i % 2 === 0 ? 0 : 1].signIn());
    const rotated = cookieOf(await change());
    const answers = await others;
    for (const answer of answers) expect(["200", "401 invalid_credentials"]).toContain(await outcomeOf(answer));
    expect(await isSignedIn(two, rotated)).toBe(true);
    const living = await Promise.all(answers.map(cookieOf).map((cookie) => isSignedIn(one, cookie)));
    expect(living).toEqual(answers.map(() => false));
  });

  test("R-A4: a sign-in whose hash another instance renews meanwhile gets its session: the password is the same", async () => {
    const { one, two, mine } = await openTwo();
    const stronger = openApp({ adapter: two.adapter, ...STRONGER });
    const before = (await accountOf(one.adapter)).account.passwordHash;
    mine.interrupt("createSession", async () => expect(await outcomeOf(await stronger.signIn())).toBe("200"));
    const answer = await one.signIn();
    expect(await outcomeOf(answer)).toBe("200");
    expect(await isSignedIn(one, cookieOf(answer))).toBe(true);
    expect((await accountOf(one.adapter)).account.passwordHash).not.toBe(before);
  });

  test("R-A4, I1: a renewal, and then a change before the sign-in has tried again, leaves it no session", async () => {
    const { one, two, mine, change } = await openTwo();
    const stronger = openApp({ adapter: two.adapter, ...STRONGER });
    mine.interrupt("createSession", async () => {
      await stronger.signIn();
      mine.interrupt("createSession", change);
    });
    const answer = await one.signIn();
    expect([await outcomeOf(answer), cookieOf(answer)]).toEqual(["401 invalid_credentials", ""]);
  });

  test("an account that is gone by the time the session starts gives none", async () => {
    const { one, mine } = await openTwo();
    const { account, user } = await accountOf(one.adapter);
    mine.interrupt("createSession", () => one.adapter.deleteAccount(account.id, user.id));
    expect(await outcomeOf(await one.signIn())).toBe("401 invalid_credentials");
  });
});

test("an app that refuses with invalid_credentials itself is asked once", async () => {
  let asked = 0;
  const jwt = () => {
    asked++;
    throw new AuthError("invalid_credentials");
  };
  const adapter = memoryAdapter();
  await openApp({ adapter }).signUp();
  const refusing = openApp({ adapter, config: { ...quiet, callbacks: { jwt } } });
  expect([await outcomeOf(await refusing.signIn()), asked]).toEqual(["401 invalid_credentials", 1]);
});

/** The adapter, where one call waits until it is told to go on. */
function stopping(adapter: Adapter) {
  let countdown = Number.POSITIVE_INFINITY;
  let tellReached = () => {};
  let wait: Promise<void> = Promise.resolve();
  const stopped = new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        if (countdown-- === 0) {
          tellReached();
          await wait;
        }
        return method.apply(target, args);
      };
    },
  });
  return {
    adapter: stopped,
    /** @param place How many calls from now on go through before the one that waits */
    stopAt(place: number) {
      countdown = place;
      let goOn = () => {};
      wait = new Promise((resolve) => {
        goOn = resolve;
      });
      const reached = new Promise<void>((resolve) => {
        tellReached = resolve;
      });
      return { reached, goOn };
    },
  };
}
