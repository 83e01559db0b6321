/** The cookie of an attempt: what it gives away, what it takes, and that nothing else passes for it (R-O1, F-18). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HostileProvider, openProvider } from "./hostile-provider.js";
import {
  APP,
  type App,
  attemptCookie,
  type Browser,
  begin,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  locationOf,
  openApp,
  providerOf,
  START,
  signIn,
} from "./test-app.js";

const clock = { now: START };
let provider: HostileProvider;
let app: App;
let browser: Browser;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(() => {
  clock.now = START;
  provider.reset();
  app = openApp(clock, [providerOf(provider)]);
  browser = app.browser();
});
afterEach(expectNoRejections);
afterAll(() => provider.stop());

/** Where the provider sends the browser once the user has agreed. */
async function agreed(): Promise<URL> {
  return provider.authorize(await begin(browser));
}

test("R-O1: an attempt has one sealed cookie for ten minutes, and nothing that can be guessed", async () => {
  const answer = await browser.get("/signin/oidc");
  const [line = "", ...more] = answer.headers.getSetCookie();
  expect(more).toEqual([]);
  expect(line).toMatch(/^__Host-[^=]+=[^;]+;/);
  for (const attribute of [/; HttpOnly/i, /; Secure/i, /; SameSite=Lax/i, /; Path=\/(;|$)/i, /; Max-Age=600(;|$)/i])
    expect(line).toMatch(attribute);
  expect(line).not.toMatch(/; Domain/i);

  const query = new URL(locationOf(answer)).searchParams;
  expect(query.get("redirect_uri")).toBe(`${APP}/auth/callback/oidc`);
  expect([query.get("response_type"), query.get("code_challenge_method")]).toEqual(["code", "S256"]);
  for (const name of ["state", "nonce", "code_challenge"]) {
    expect(query.get(name), name).toMatch(/^[\w.-]{22,}$/);
    expect(line, name).not.toContain(query.get(name));
  }
});

test("R-O1: no two attempts share state, nonce or challenge", async () => {
  const values = new Set<string | null>();
  for (let attempt = 0; attempt < 20; attempt++) {
    const query = new URL(await begin(browser)).searchParams;
    for (const name of ["state", "nonce", "code_challenge"]) values.add(query.get(name));
  }
  expect(values.size).toBe(60);
});

test("F-18: attempts that are given up do not fill the Cookie header, and the newest one is good", async () => {
  let last = new URL(APP);
  for (let attempt = 0; attempt < 30; attempt++) {
    last = await agreed();
    clock.now += 1000;
  }
  const header = [...browser.cookies].map((cookie) => cookie.join("=")).join("; ");
  expect(header.length).toBeLessThan(8 * 1024);
  expectSignedIn(app, await browser.get(last.href));
});

describe("R-O1: a cookie that we did not seal", () => {
  test("changed at any of its characters", async () => {
    const callback = await agreed();
    const [name, value] = attemptCookie(browser);
    for (let at = 0; at < value.length; at++) {
      const tampered = app.browser();
      tampered.cookies.set(name, value.slice(0, at) + flipped(value[at] ?? "") + value.slice(at + 1));
      expectRefused(app, await tampered.get(callback.href), "sign_in_expired", `character ${at}`);
    }
    expect(provider.count("token")).toBe(0);
    expectSignedIn(app, await browser.get(callback.href));
  });

  test.each<[why: string, forge: (value: string) => string | Promise<string>]>([
    ["empty", () => ""],
    ["cut in half", (value) => value.slice(0, value.length / 2)],
    ["a character short", (value) => value.slice(0, -1)],
    ["a part more", (value) => `${value}.AAAA`],
    ["twice", (value) => value + value],
    ["quoted", (value) => `"${value}x"`],
    ["JSON", () => encodeURIComponent('{"state":"x"}')],
    ["dots", () => "...."],
    ["64 kB", () => "A".repeat(64 * 1024)],
    ["an address", () => "https://evil.example"],
    ["sealed by an app with another secret", () => sealedElsewhere()],
    ["the token of a session", () => sessionToken()],
  ])("%s", async (_why, forge) => {
    const callback = await agreed();
    const [name, value] = attemptCookie(browser);
    const forged = await forge(value);
    app.written.length = 0;
    const forger = app.browser();
    forger.cookies.set(name, forged);
    expectRefused(app, await forger.get(callback.href), "sign_in_expired");
  });

  test("is no session, whatever cookie it comes in", async () => {
    await begin(browser);
    const [, value] = attemptCookie(browser);
    browser.cookies.set("auth-session", value);
    expect(await (await browser.get("/session")).json()).toEqual({ session: null });
  });
});

/** Another character whose highest bit of six is the other way round: no decoder takes it for the same. */
function flipped(character: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet[alphabet.indexOf(character) ^ 32] ?? "A";
}

async function sealedElsewhere(): Promise<string> {
  const secret = "another-secret-of-32-bytes-0c7a41f9";
  const elsewhere = openApp(clock, [providerOf(provider)], { secret }).browser();
  await begin(elsewhere);
  return attemptCookie(elsewhere)[1];
}

async function sessionToken(): Promise<string> {
  const signedIn = app.browser();
  await signIn(signedIn, provider);
  return signedIn.cookies.get("auth-session") ?? "";
}
