/** Callbacks that do not belong to the attempt, the browser, the provider or the time: R-O1, R-S15. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HostileProvider, openProvider } from "./hostile-provider.js";
import {
  type App,
  attemptCookie,
  type Browser,
  begin,
  changed,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  openApp,
  providerOf,
  putFirst,
  START,
  sessionCookies,
} from "./test-app.js";

const clock = { now: START };
/** Seconds for which an attempt is good. */
const ATTEMPT_LIFE = 600;
const MEGABYTE = 1024 * 1024;

let provider: HostileProvider;
let app: App;
let browser: Browser;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(() => {
  clock.now = START;
  provider.reset();
  app = openApp(clock, [providerOf(provider), providerOf(provider, { id: "second" })]);
  browser = app.browser();
});
afterEach(expectNoRejections);
afterAll(() => provider.stop());

/** Where the provider sends the browser once the user has agreed. */
async function agreed(of: Browser = browser, id = "oidc"): Promise<URL> {
  return provider.authorize(await begin(of, id));
}

describe("R-O1: a state that is not this attempt's", () => {
  let nonce = "";

  test.each<[why: string, change: (query: URLSearchParams, state: string) => void]>([
    ["missing", (query) => query.delete("state")],
    ["empty", (query) => query.set("state", "")],
    ["another", (query, state) => query.set("state", "A".repeat(state.length))],
    ["in another case", (query, state) => query.set("state", swapCase(state))],
    ["a character short", (query, state) => query.set("state", state.slice(0, -1))],
    ["a character long", (query, state) => query.set("state", `${state}A`)],
    ["with a space", (query, state) => query.set("state", `${state} `)],
    ["with a line break", (query, state) => query.set("state", `${state}\r\n`)],
    ["with NUL", (query, state) => query.set("state", `${state}\0`)],
    ["under the name state[]", (query, state) => rename(query, "state[]", state)],
    ["in capitals: STATE", (query, state) => rename(query, "STATE", state)],
    ["beyond Latin 1", (query) => query.set("state", "\u0100\ud800")],
    ["a header", (query) => query.set("state", "x; Path=/\r\nSet-Cookie: a=b")],
    ["a pattern", (query) => query.set("state", ".*")],
    ["__proto__", (query) => query.set("state", "__proto__")],
    ["constructor", (query) => query.set("state", "constructor")],
    ["the name of the cookie", (query) => query.set("state", attemptCookie(browser)[0])],
    ["the value of the cookie", (query) => query.set("state", attemptCookie(browser)[1])],
    ["the nonce of the attempt", (query) => query.set("state", nonce)],
  ])("%s", async (_why, change) => {
    const target = await begin(browser);
    nonce = new URL(target).searchParams.get("nonce") ?? "";
    const callback = provider.authorize(target);
    const state = callback.searchParams.get("state") ?? "";
    const answer = await browser.get(changed(callback, (query) => change(query, state)));
    expectRefused(app, answer, "sign_in_expired");
    expect(provider.count("token")).toBe(0);
  });

  test.each<[why: string, change: (query: URLSearchParams, state: string) => void]>([
    ["given twice", (query, state) => query.append("state", state)],
    ["given twice, another one first", (query, state) => putFirst(query, "state", "A".repeat(state.length))],
    ["given twice, another one last", (query, state) => query.append("state", "A".repeat(state.length))],
    ["1 MB", (query) => query.set("state", "A".repeat(MEGABYTE))],
  ])("is no answer of any provider (RFC 6749 §3.1): %s", async (_why, change) => {
    const callback = await agreed();
    const state = callback.searchParams.get("state") ?? "";
    const answer = await browser.get(changed(callback, (query) => change(query, state)));
    expectRefused(app, answer, "provider_rejected");
    expect(provider.count("token")).toBe(0);
    expectSignedIn(app, await browser.get(callback.href));
  });

  test("does not end the attempt: a forged callback takes nothing from the right one", async () => {
    const callback = await agreed();
    const forged = changed(callback, (query) => query.set("state", "A".repeat(43)));
    expectRefused(app, await browser.get(forged), "sign_in_expired");
    expectSignedIn(app, await browser.get(callback.href));
  });
});

describe("R-O1, R-S15: a callback in the wrong place or at the wrong time", () => {
  test("in another browser", async () => {
    const callback = await agreed();
    expectRefused(app, await app.browser().get(callback.href), "sign_in_expired");
    expect(provider.count("token")).toBe(0);
  });

  test("in another browser that has an attempt of its own", async () => {
    const victim = app.browser();
    await begin(victim);
    expectRefused(app, await victim.get((await agreed()).href), "sign_in_expired");
    expect(provider.count("token")).toBe(0);
  });

  test("at the callback of another provider", async () => {
    const callback = await agreed();
    const elsewhere = callback.href.replace("/callback/oidc", "/callback/second");
    expectRefused(app, await browser.get(elsewhere), "sign_in_expired");
    expect(provider.count("token")).toBe(0);
  });

  test("with the cookie of attempt A and the state of attempt B", async () => {
    await begin(browser);
    const [nameA, valueA] = attemptCookie(browser);
    browser.cookies.clear();
    const callbackB = await agreed();
    const [nameB] = attemptCookie(browser);
    for (const name of [nameA, nameB]) {
      const mixed = app.browser();
      mixed.cookies.set(name, valueA);
      expectRefused(app, await mixed.get(callbackB.href), "sign_in_expired", name);
    }
    expect(provider.count("token")).toBe(0);
  });

  test("a second after its ten minutes, by the app's clock", async () => {
    const callback = await agreed();
    clock.now += (ATTEMPT_LIFE + 1) * 1000;
    expectRefused(app, await browser.get(callback.href), "sign_in_expired");
    expect(provider.count("token")).toBe(0);
  });

  test("in its last second it is still good", async () => {
    const callback = await agreed();
    clock.now += (ATTEMPT_LIFE - 1) * 1000;
    expectSignedIn(app, await browser.get(callback.href));
  });

  test("many attempts of one browser end in any order, each with its own cookie", async () => {
    // Without an address: the second provider's may be somebody else's.
    provider.behave({ userInfo: ({ sub }) => ({ sub }) });
    const attempts = [];
    for (const id of ["oidc", "second", "oidc"]) attempts.push(await agreed(browser, id));
    for (const left of [2, 1, 0]) {
      const callback = attempts.pop()?.href ?? "";
      expectSignedIn(app, await browser.get(callback));
      const attemptCookies = [...browser.cookies.keys()].filter((name) => name.startsWith("__Host-"));
      expect(attemptCookies).toHaveLength(left);
    }
  });
});

describe("a callback that comes again", () => {
  test("R-O1: after success, in the browser whose cookie is cleared", async () => {
    const callback = await agreed();
    expectSignedIn(app, await browser.get(callback.href));
    app.written.length = 0;
    expectRefused(app, await browser.get(callback.href), "sign_in_expired");
  });

  test("R-O1: after success, with the cookie kept, even where the provider takes a code twice", async () => {
    provider.behave({ careless: true });
    const callback = await agreed();
    const kept = app.browser();
    kept.cookies.set(...attemptCookie(browser));
    expectSignedIn(app, await browser.get(callback.href));
    app.written.length = 0;
    expectRefused(app, await kept.get(callback.href), "sign_in_expired");
  });

  test("R-O1: twenty times at once, one session starts", async () => {
    provider.behave({ careless: true });
    const callback = await agreed();
    const cookie = attemptCookie(browser);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => {
        const tab = app.browser();
        tab.cookies.set(...cookie);
        return tab.get(callback.href);
      }),
    );
    expect(answers.filter((answer) => sessionCookies(answer).length > 0)).toHaveLength(1);
    expect(app.written.filter((method) => method === "createSession")).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 303)).toEqual([]);
    expect(app.errors).toEqual([]);
  });

  test("after a refusal by the user: the attempt is over", async () => {
    const target = await begin(browser);
    const denied = provider.refuse(target, { error: "access_denied" });
    expectRefused(app, await browser.get(denied.href), "access_denied");
    expectRefused(app, await browser.get(denied.href), "sign_in_expired");
  });
});

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => (letter < "a" ? letter.toLowerCase() : letter.toUpperCase()));
}

function rename(query: URLSearchParams, name: string, state: string): void {
  query.delete("state");
  query.set(name, state);
}
