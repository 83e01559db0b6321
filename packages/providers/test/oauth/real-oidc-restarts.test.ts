/** A real OpenID provider that goes away and comes back (F-25), and browsers with many sign-ins at once (R-O1). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AppClock, MODES, registeredAt, sessionOf, signInAt } from "./oidc-app.js";
import { type OidcServer, openOidcServer } from "./oidc-server.js";
import { Visitor } from "./oidc-visitor.js";
import {
  type App,
  type Browser,
  begin,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  locationOf,
  openApp,
} from "./test-app.js";

let server: OidcServer;
let second: OidcServer;
beforeAll(async () => {
  server = await openOidcServer();
  second = await openOidcServer();
});
afterEach(async () => {
  expect([...server.failures, ...second.failures]).toEqual([]);
  await expectNoRejections();
});
afterAll(() => Promise.all([server.stop(), second.stop()]));

describe.each(MODES)("%s", (_name, config) => {
  const clock = new AppClock();
  let app: App;
  let browser: Browser;
  let visitor: Visitor;
  beforeEach(() => {
    app = openApp(clock, [registeredAt(server), registeredAt(second, { id: "second" })], config);
    browser = app.browser();
    visitor = new Visitor(server);
  });

  test("F-25: a provider that is restarted while its page is open goes on with the sign-in", async () => {
    const page = await visitor.open(await begin(browser));
    await server.stop();
    await server.start();
    let stop = await visitor.answer(page);
    while (stop.asks !== null) stop = await visitor.answer(stop);
    expectSignedIn(app, await browser.get(stop.url));
  });

  test("F-25: a provider that is down when the browser comes back: the same callback works once it is up", async () => {
    const callback = await visitor.authorize(await begin(browser, "oidc", "?callbackUrl=/welcome"));
    await server.stop();
    for (let attempt = 0; attempt < 2; attempt++)
      expectRefused(app, await browser.get(callback), "provider_unavailable");
    expect(await sessionOf(browser)).toBe(null);
    await server.start();
    expectSignedIn(app, await browser.get(callback), "/welcome");
  });

  test("F-25: a provider that forgot the code meanwhile: the attempt is over, and another one works", async () => {
    const callback = await visitor.authorize(await begin(browser));
    await server.stop();
    expectRefused(app, await browser.get(callback), "provider_unavailable");
    server.store.forget("AuthorizationCode");
    await server.start();
    expectRefused(app, await browser.get(callback), "provider_rejected");
    expectRefused(app, await browser.get(callback), "sign_in_expired");
    expectSignedIn(app, await signInAt(browser, visitor));
  });

  test("F-25: a provider that is down when a sign-in begins: back to the sign-in page; later it works", async () => {
    await server.stop();
    expectRefused(app, await browser.get("/signin/oidc?callbackUrl=/welcome"), "provider_unavailable");
    expect([...browser.cookies]).toEqual([]);
    await server.start();
    expectSignedIn(app, await signInAt(browser, visitor));
  });

  test.each(["/token", "/jwks", "/me"])(
    "F-25: %s alone cannot be reached: nobody is signed in, later it works",
    async (path) => {
      server.broken.add(path);
      const callback = await visitor.authorize(await begin(browser));
      expectRefused(app, await browser.get(callback), "provider_unavailable");
      server.broken.clear();
      // Once the code was exchanged, it is good for nothing more (RFC 6749 §4.1.2); before, it is.
      const again = await browser.get(callback);
      if (path === "/token") expectSignedIn(app, again);
      else expectRefused(app, again, "provider_rejected");
      expectSignedIn(app, await signInAt(browser, visitor));
    },
  );

  test("F-25: one provider that is down is no matter for another one", async () => {
    await server.stop();
    expectSignedIn(app, await signInAt(browser, new Visitor(second), { id: "second" }));
    await server.start();
  });

  test("R-O1: many tabs at two providers at once: each ends as it began, whatever the order, and once", async () => {
    const elsewhere = new Visitor(second);
    const tabs = [];
    for (const page of ["/a", "/b", "/c"]) {
      tabs.push({ page, at: visitor, url: await begin(browser, "oidc", `?callbackUrl=${page}`), login: "alice" });
      tabs.push({ page, at: elsewhere, url: await begin(browser, "second", `?callbackUrl=${page}`), login: "bob" });
    }
    const sessions = new Set<string>();
    for (const { page, at, url, login } of tabs.reverse()) {
      const callback = await at.authorize(url, { login });
      expectSignedIn(app, await browser.get(callback), page);
      const session = await sessionOf(browser);
      expect(session?.user.email).toBe(`${login}@example.com`);
      sessions.add(session?.id ?? "");
      expect(locationOf(await browser.get(callback))).toContain("error=sign_in_expired");
      expect(await sessionOf(browser)).toEqual(session);
    }
    expect(sessions.size).toBe(tabs.length);
    expect([...browser.cookies.keys()]).toEqual(["auth-session"]);
  });

  test("R-O1: two visits of one provider's pages side by side, answered in turn", async () => {
    const [one, other] = [await visitor.open(await begin(browser)), await visitor.open(await begin(browser))];
    const consents = [await visitor.answer(one), await visitor.answer(other, { login: "alice" })];
    for (const consent of consents) {
      const { asks, url } = consent.asks === null ? consent : await visitor.answer(consent);
      expect(asks).toBe(null);
      expectSignedIn(app, await browser.get(url));
    }
  });

  test("R-O6: the same subject at two providers is two users", async () => {
    const atSecond = { email: "alice@second.example" };
    second.people.set("alice", atSecond);
    await signInAt(browser, visitor);
    const here = await sessionOf(browser);
    const other = app.browser();
    expectSignedIn(app, await signInAt(other, new Visitor(second), { id: "second" }));
    const there = await sessionOf(other);
    expect(there?.user.email).toBe(atSecond.email);
    // Without a database the subject is the id; there the app's `callbacks.user` tells them apart.
    if (!("adapter" in config)) expect(there?.user.id).not.toBe(here?.user.id);
  });
});
