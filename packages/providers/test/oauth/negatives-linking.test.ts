/** Linking of accounts, where somebody else sits in front of the browser by then: R-O1 (mode and user), R-O7. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HostileProvider, openProvider } from "./hostile-provider.js";
import {
  APP,
  type App,
  type Browser,
  expectNoRejections,
  expectNothing,
  expectRefused,
  expectSignedIn,
  faultsOf,
  locationOf,
  openApp,
  providerOf,
  START,
  sessionCookies,
  signIn,
} from "./test-app.js";

const SESSION = "auth-session";
const clock = { now: START };
let provider: HostileProvider;
let app: App;
let browser: Browser;
let userId: string;

beforeAll(async () => {
  provider = await openProvider({ now: () => clock.now });
});
beforeEach(async () => {
  clock.now = START;
  provider.reset();
  app = openApp(clock, [providerOf(provider), providerOf(provider, { id: "second" })]);
  browser = app.browser();
  userId = await app.signedIn(browser);
});
afterEach(expectNoRejections);
afterAll(() => provider.stop());

/** Starts linking. @returns where the provider sends the browser once the user has agreed */
async function linking(of: Browser = browser, fields: object = {}): Promise<string> {
  const answer = await of.post("/accounts/link/oidc", fields);
  expect(answer.status).toBe(200);
  const { redirectUrl } = (await answer.json()) as { redirectUrl: string };
  return provider.authorize(redirectUrl).href;
}

async function accountsOf(id: string): Promise<number> {
  return (await app.adapter.listAccounts(id)).length;
}

test("what the cases below disturb works undisturbed: the account is linked to who asked for it", async () => {
  const answer = await browser.get(await linking(browser, { callbackUrl: "/settings" }));
  expect([answer.status, locationOf(answer)]).toEqual([303, "/settings"]);
  expect(await app.adapter.listAccounts(userId)).toMatchObject([{ providerAccountId: expect.stringContaining("ann") }]);
  expect(app.written).not.toContain("createUserWithAccount");
  expect(faultsOf(app)).toEqual([]);
});

describe("R-O1: a link is made for the user who asked for it, in that browser, or not at all", () => {
  test("another user signed in there meanwhile", async () => {
    const callback = await linking();
    const otherId = await app.signedIn(browser);
    expectRefused(app, await browser.get(callback), "sign_in_expired");
    expect([await accountsOf(userId), await accountsOf(otherId)]).toEqual([0, 0]);
  });

  test("the user signed out meanwhile", async () => {
    const callback = await linking();
    await browser.post("/signout");
    app.written.length = 0;
    expectRefused(app, await browser.get(callback), "sign_in_expired");
    expect(await accountsOf(userId)).toBe(0);
  });

  test("the session was revoked meanwhile, and its cookie is still there", async () => {
    const callback = await linking();
    await app.auth.sessions.revokeUserSessions(userId);
    expectRefused(app, await browser.get(callback), "sign_in_expired");
    expect(await accountsOf(userId)).toBe(0);
  });

  test("a victim is sent to the callback of the attacker's linking: neither gets the other's account", async () => {
    const callback = await linking();
    const victim = app.browser();
    const victimId = await app.signedIn(victim);
    expectRefused(app, await victim.get(callback), "sign_in_expired");
    expect([await accountsOf(userId), await accountsOf(victimId)]).toEqual([0, 0]);
  });

  test("the attacker's cookie of the attempt was planted in the victim's browser", async () => {
    const callback = await linking();
    const victim = app.browser();
    const victimId = await app.signedIn(victim);
    for (const [name, value] of browser.cookies) if (name !== SESSION) victim.cookies.set(name, value);
    expectRefused(app, await victim.get(callback), "sign_in_expired");
    expect([await accountsOf(userId), await accountsOf(victimId)]).toEqual([0, 0]);
  });

  test("ten minutes later", async () => {
    const callback = await linking();
    clock.now += 601_000;
    expectRefused(app, await browser.get(callback), "sign_in_expired");
    expect(await accountsOf(userId)).toBe(0);
  });

  test("a second time, after it was unlinked again", async () => {
    provider.behave({ careless: true });
    const callback = await linking();
    const cookies = [...browser.cookies];
    await browser.get(callback);
    const [account] = await app.adapter.listAccounts(userId);
    await app.adapter.deleteAccount(account?.id ?? "", userId);
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    app.written.length = 0;
    expectRefused(app, await browser.get(callback), "sign_in_expired");
    expect(await accountsOf(userId)).toBe(0);
  });

  test("at the callback of another provider", async () => {
    const callback = (await linking()).replace("/callback/oidc", "/callback/second");
    expectRefused(app, await browser.get(callback), "sign_in_expired");
  });
});

describe("R-O1: an attempt is good for what it was started for", () => {
  test("a linking signs nobody in", async () => {
    const callback = await linking();
    browser.cookies.delete(SESSION);
    expectRefused(app, await browser.get(callback), "sign_in_expired");
  });

  test("a sign-in links nothing to the user of the browser", async () => {
    const answer = await signIn(browser, provider);
    expectSignedIn(app, answer);
    expect(await accountsOf(userId)).toBe(0);
    const { session } = (await (await browser.get("/session")).json()) as { session: { user: { id: string } } };
    expect(session.user.id).not.toBe(userId);
  });
});

describe("who may link and unlink", () => {
  test("nobody without a session", async () => {
    const answer = await app.browser().post("/accounts/link/oidc");
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []]);
  });

  test("R-C12: no other site's page", async () => {
    const headers = { origin: "https://evil.example", "content-type": "application/json" };
    const answer = await browser.request("/accounts/link/oidc", { method: "POST", body: "{}", headers });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
  });

  test("no GET", async () => {
    const answer = await browser.get("/accounts/link/oidc");
    expect([404, 405]).toContain(answer.status);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("an account that is another user's stays theirs", async () => {
    expectSignedIn(app, await signIn(app.browser(), provider));
    app.written.length = 0;
    expectRefused(app, await browser.get(await linking()), "account_exists");
    expect(await accountsOf(userId)).toBe(0);
  });

  test("nobody unlinks another user's account", async () => {
    expect((await browser.get(await linking())).status).toBe(303);
    const [account] = await app.adapter.listAccounts(userId);
    const stranger = app.browser();
    await app.signedIn(stranger);
    const headers = { origin: APP };
    const answer = await stranger.request(`/accounts/${account?.id}`, { method: "DELETE", headers });
    expect(answer.status).toBe(404);
    expectNothing(app, answer);
    expect(await accountsOf(userId)).toBe(1);
  });

  test("a linking that the provider cannot prove changes nothing, and the session goes on", async () => {
    provider.behave({ claims: (claims) => ({ ...claims, nonce: "other" }) });
    const answer = await browser.get(await linking());
    expectRefused(app, answer, "provider_rejected");
    expect(sessionCookies(answer)).toEqual([]);
    const { session } = (await (await browser.get("/session")).json()) as { session: { user: { id: string } } };
    expect(session.user.id).toBe(userId);
  });
});
