/** Sign-in by a real OpenID provider, as its users go through it: with both strategies, with and without a database. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AppClock, KEPT_MODES, MODES, registeredAt, sessionOf, signInAt } from "./oidc-app.js";
import { CLIENT, type OidcServer, openOidcServer } from "./oidc-server.js";
import { Visitor } from "./oidc-visitor.js";
import {
  APP,
  type App,
  type Browser,
  begin,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  openApp,
} from "./test-app.js";

let server: OidcServer;
beforeAll(async () => {
  server = await openOidcServer();
});
afterEach(async () => {
  server.people.clear();
  expect(server.failures).toEqual([]);
  await expectNoRejections();
});
afterAll(() => server.stop());

describe.each(MODES)("%s", (_name, config) => {
  const hasDatabase = !("adapter" in config);
  const clock = new AppClock();
  let app: App;
  let browser: Browser;
  let visitor: Visitor;
  beforeEach(() => {
    app = openApp(clock, [registeredAt(server)], config);
    browser = app.browser();
    visitor = new Visitor(server);
  });

  test("S0.34: from the app's page through the provider's pages to a session and on to the page that was asked for", async () => {
    const page = new URL(await begin(browser, "oidc", "?callbackUrl=/welcome"));
    expect(page.origin + page.pathname).toBe(`${server.issuer}/auth`);
    expect(Object.fromEntries(page.searchParams)).toMatchObject({
      response_type: "code",
      client_id: CLIENT.clientId,
      redirect_uri: `${APP}/auth/callback/oidc`,
      code_challenge_method: "S256",
      scope: "openid email profile",
    });

    expectSignedIn(app, await browser.get(await visitor.authorize(page.href)), "/welcome");
    expect(visitor.asked).toEqual(["login", "consent"]);
    expect(await sessionOf(browser)).toMatchObject({
      type: "oauth",
      user: { email: "alice@example.com", name: "Alice", picture: "https://pictures.test/alice.png" },
    });
  });

  test("the second sign-in is the same user's, also from another browser", async () => {
    await signInAt(browser, visitor);
    const first = await sessionOf(browser);
    const elsewhere = app.browser();
    expectSignedIn(app, await signInAt(elsewhere, visitor));
    expect((await sessionOf(elsewhere))?.user).toEqual(first?.user);
    expect(visitor.asked).toEqual(["login", "consent"]);
  });

  test("R-O6: whoever changed their address at the provider is the same user", async () => {
    await signInAt(browser, visitor);
    const before = await sessionOf(browser);
    server.people.set("alice", { email: "alice@elsewhere.example" });
    expectSignedIn(app, await signInAt(browser, visitor));
    expect((await sessionOf(browser))?.user.id).toBe(before?.user.id);
  });

  test("R-O6: whoever took over an address at the provider is another user", async () => {
    await signInAt(browser, visitor);
    const alice = await sessionOf(browser);
    server.people.set("alice", { email: "alice@elsewhere.example" });
    server.people.set("bob", { email: "alice@example.com", email_verified: false });
    app.written.length = 0;
    const other = app.browser();
    const answer = await signInAt(other, new Visitor(server), { login: "bob" });
    if (hasDatabase) expectRefused(app, answer, "account_link_required");
    else expectSignedIn(app, answer);
    expect((await sessionOf(other))?.user.id).not.toBe(alice?.user.id);
  });

  test("consent refused: access_denied, nothing is kept, and the next attempt works", async () => {
    const callback = await visitor.authorize(await begin(browser), { consents: false });
    expect(new URL(callback).searchParams.get("error")).toBe("access_denied");
    expectRefused(app, await browser.get(callback), "access_denied");
    expect([...browser.cookies]).toEqual([]);
    expect(app.failures).toMatchObject([{ provider: "oidc", reason: "access_denied" }]);
    expectSignedIn(app, await signInAt(browser, visitor));
  });

  test("R-O1: a callback is used once, also where the cookie of its attempt was kept", async () => {
    const callback = await visitor.authorize(await begin(browser));
    const kept = [...browser.cookies];
    expectSignedIn(app, await browser.get(callback));
    const session = await sessionOf(browser);
    app.written.length = 0;
    expectRefused(app, await browser.get(callback), "sign_in_expired");

    const thief = app.browser();
    for (const [name, value] of kept) thief.cookies.set(name, value);
    // Without a database it is the provider that knows of the first use (RFC 6749 §4.1.2).
    expectRefused(app, await thief.get(callback), hasDatabase ? "sign_in_expired" : "provider_rejected");
    expect(await sessionOf(browser)).toEqual(session);
  });
});

describe.each(KEPT_MODES)("%s", (_name, config) => {
  test("the first sign-in adds one user and one account, in one step; the second adds neither", async () => {
    const app = openApp(new AppClock(), [registeredAt(server)], config);
    const [browser, visitor] = [app.browser(), new Visitor(server)];
    await signInAt(browser, visitor);
    expect(app.written).toEqual(["createUserWithAccount", "createSession"]);
    const { user } = (await sessionOf(browser)) ?? {};
    expect(await app.adapter.getUser(user?.id ?? "")).toMatchObject({
      // The provider is not trusted for addresses: its word counts for nothing here.
      ...{ email: "alice@example.com", emailVerified: false, name: "Alice" },
      picture: "https://pictures.test/alice.png",
    });
    expect(await app.adapter.listAccounts(user?.id ?? "")).toMatchObject([
      { provider: "oidc", providerAccountId: expect.stringContaining("alice"), passwordHash: null },
    ]);

    await signInAt(browser, visitor);
    expect(await app.adapter.listAccounts(user?.id ?? "")).toHaveLength(1);
    expect((await sessionOf(browser))?.user).toEqual(user);
  });

  test("an address that the provider does not call verified is not the user's", async () => {
    server.people.set("carol", { email_verified: false });
    const app = openApp(new AppClock(), [registeredAt(server)], config);
    const browser = app.browser();
    expectSignedIn(app, await signInAt(browser, new Visitor(server), { login: "carol" }));
    expect((await sessionOf(browser))?.user).toMatchObject({ email: null, name: "Carol" });
    expect(await app.adapter.getUserByEmail("carol@example.com")).toBe(null);
  });
});
