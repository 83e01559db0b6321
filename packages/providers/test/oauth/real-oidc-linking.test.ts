/** Which user a real provider's identity is (R-O6, R-O7), and linking while signed in. */
import type { AuthConfig } from "@latchkey/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { password } from "../../src/index.js";
import { AppClock, KEPT_MODES, linkAt, registeredAt, sessionOf, signInAt } from "./oidc-app.js";
import { type OidcServer, openOidcServer } from "./oidc-server.js";
import { Visitor } from "./oidc-visitor.js";
import {
  APP,
  type App,
  type Browser,
  expectNoRejections,
  expectRefused,
  expectSignedIn,
  faultsOf,
  locationOf,
  openApp,
} from "./test-app.js";

const PASSWORD = "a long sentence of hers";
const EMAIL = "alice@example.com";

let server: OidcServer;
let second: OidcServer;
beforeAll(async () => {
  server = await openOidcServer();
  second = await openOidcServer();
});
afterEach(async () => {
  server.people.clear();
  second.people.clear();
  await expectNoRejections();
});
afterAll(() => Promise.all([server.stop(), second.stop()]));

type Trust = boolean | string[];

describe.each(KEPT_MODES)("%s", (_name, config) => {
  let told: [hook: string, event: object][];
  let app: App;
  let browser: Browser;
  let visitor: Visitor;
  beforeEach(() => open());

  /** @param trust Whether the word of the first provider, and of the second, counts for addresses */
  function open([trustFirst, trustSecond]: [Trust?, Trust?] = [], more: Partial<AuthConfig> = {}): void {
    told = [];
    const note = (hook: string) => (event: object) => void told.push([hook, event]);
    const hooks = {
      onAccountLinked: note("onAccountLinked"),
      onAccountUnlinked: note("onAccountUnlinked"),
      onSessionRevoked: note("onSessionRevoked"),
      onError: (error: Error) => void app.errors.push(error as App["errors"][number]),
    };
    const providers = [
      registeredAt(server, trustFirst === undefined ? {} : { trustEmail: trustFirst }),
      registeredAt(second, { id: "second", ...(trustSecond !== undefined && { trustEmail: trustSecond }) }),
      password(),
    ];
    app = openApp(new AppClock(), providers, { ...config, hooks, ...more });
    browser = app.browser();
    visitor = new Visitor(server);
  }

  async function signUp(at: Browser = browser, email = EMAIL): Promise<string> {
    expect((await at.post("/signup", { email, password: PASSWORD })).status).toBe(201);
    app.written.length = 0;
    told.length = 0;
    return (await sessionOf(at))?.user.id ?? "";
  }

  async function accountsOf(at: Browser): Promise<{ id: string; provider: string }[]> {
    return ((await (await at.get("/accounts")).json()) as { accounts: { id: string; provider: string }[] }).accounts;
  }

  const providersOf = async (at: Browser) => (await accountsOf(at)).map(({ provider }) => provider);

  async function unlink(at: Browser, provider: string): Promise<Response> {
    const { id } = (await accountsOf(at)).find((account) => account.provider === provider) ?? {};
    return at.request(`/accounts/${id}`, { method: "DELETE", headers: { origin: APP } });
  }

  describe("R-O7: the address is another user's already", () => {
    test.each<[trust: Trust | undefined, verified: unknown, why: string]>([
      [undefined, true, "nobody trusts the provider"],
      [false, true, "the app says that it does not"],
      [["other.example"], true, "it is trusted for another domain"],
      [true, false, "the provider says that nobody proved it"],
      [true, "true", "a text is not the boolean"],
      [true, undefined, "the provider does not say"],
    ])("trustEmail %j, email_verified %j: account_link_required, and nothing changes (%s)", async (trust, verified) => {
      open([trust]);
      const userId = await signUp();
      server.people.set("alice", { email_verified: verified });
      const stranger = app.browser();
      expectRefused(app, await signInAt(stranger, visitor), "account_link_required");
      expect(told).toEqual([]);
      expect(await sessionOf(stranger)).toBe(null);
      expect((await sessionOf(browser))?.user.id).toBe(userId);
      expect(await app.adapter.getUser(userId)).toMatchObject({ email: EMAIL, emailVerified: false });
      expect(await providersOf(browser)).toEqual(["password"]);
    });

    test("the way to prove it: sign in, link the account, and from then on it is a way in", async () => {
      const userId = await signUp();
      const elsewhere = app.browser();
      expectRefused(app, await signInAt(elsewhere, visitor), "account_link_required");
      expect(locationOf(await browser.get(await linkAt(browser, visitor)))).toBe("/settings");
      expectSignedIn(app, await signInAt(elsewhere, visitor));
      expect((await sessionOf(elsewhere))?.user.id).toBe(userId);
    });

    test.each<[trust: Trust]>([[true], [["example.com"]]])(
      "trusted (%j) and proved on both sides: one user with two ways in, and nobody is signed out",
      async (trust) => {
        open([trust, trust]);
        expectSignedIn(app, await signInAt(browser, visitor));
        const user = (await sessionOf(browser))?.user;
        const elsewhere = app.browser();
        expectSignedIn(app, await signInAt(elsewhere, new Visitor(second), { id: "second" }));
        expect((await sessionOf(elsewhere))?.user).toEqual(user);
        expect((await sessionOf(browser))?.user).toEqual(user);
        expect(await providersOf(browser)).toEqual(["oidc", "second"]);
        expect(told).toMatchObject([["onAccountLinked", { userId: user?.id, provider: "second", wiped: false }]]);
      },
    );

    test("trusted, and the address was not proved here: whoever set it up is out before its owner is in", async () => {
      open([true]);
      // Mallory, who expects Alice to come one day.
      const mallory = app.browser();
      const userId = await signUp(mallory);
      await mallory.get(await linkAt(mallory, new Visitor(second), { id: "second", login: "mallory" }));
      const planted = await sessionOf(mallory);
      told.length = 0;

      expectSignedIn(app, await signInAt(browser, visitor));
      expect((await sessionOf(browser))?.user.id).toBe(userId);
      expect(await providersOf(browser)).toEqual(["oidc"]);
      expect(await app.adapter.getUser(userId)).toMatchObject({ email: EMAIL, emailVerified: true });
      expect(told).toMatchObject([
        ["onSessionRevoked", { userId, sessionIds: [planted?.id], reason: "email_proved" }],
        ["onAccountLinked", { userId, provider: "oidc", wiped: true }],
      ]);

      expect(await sessionOf(mallory)).toBe(null);
      expect((await mallory.post("/signin/password", { email: EMAIL, password: PASSWORD })).status).toBe(401);
      const again = await signInAt(mallory, new Visitor(second), { id: "second", login: "mallory" });
      expectSignedIn(app, again);
      expect((await sessionOf(mallory))?.user.id).not.toBe(userId);
    });
  });

  describe("linking while signed in", () => {
    test("adds a way in; the session goes on as it was", async () => {
      const userId = await signUp();
      const session = await sessionOf(browser);
      const answer = await browser.get(await linkAt(browser, visitor, { login: "somebody" }));
      expect([answer.status, locationOf(answer)]).toEqual([303, "/settings"]);
      expect(await sessionOf(browser)).toEqual(session);
      expect(await providersOf(browser)).toEqual(["password", "oidc"]);
      expect(told).toMatchObject([["onAccountLinked", { userId, provider: "oidc", wiped: false }]]);
      expect(faultsOf(app)).toEqual([]);
    });

    test("a form is answered with a redirect to the provider, and ends on the page that it names", async () => {
      await signUp();
      const answer = await browser.submit("/accounts/link/oidc", { callbackUrl: "/settings?done=1" });
      expect(answer.status).toBe(303);
      const ended = await browser.get(await visitor.authorize(locationOf(answer)));
      expect(locationOf(ended)).toBe("/settings?done=1");
      expect(await providersOf(browser)).toEqual(["password", "oidc"]);
    });

    test("consent refused: back on the page that the form names, and nothing is linked", async () => {
      await signUp();
      const fields = { callbackUrl: "/settings?done=1", errorUrl: "/settings" };
      const answer = await browser.submit("/accounts/link/oidc", fields);
      const ended = await browser.get(await visitor.authorize(locationOf(answer), { consents: false }));
      expect(new URL(locationOf(ended), APP).pathname).toBe("/settings");
      expect(locationOf(ended)).toContain("error=access_denied");
      expect(await providersOf(browser)).toEqual(["password"]);
      expect((await sessionOf(browser))?.user.email).toBe(EMAIL);
    });

    test("twice is once", async () => {
      await signUp();
      for (let times = 0; times < 2; times++) {
        const answer = await browser.get(await linkAt(browser, visitor));
        expect(locationOf(answer)).toBe("/settings");
      }
      expect(await providersOf(browser)).toEqual(["password", "oidc"]);
      expect(told.map(([hook]) => hook)).toEqual(["onAccountLinked"]);
    });

    test("an account that is another user's: account_exists, and it stays theirs", async () => {
      await signUp();
      await browser.get(await linkAt(browser, visitor));
      const bob = app.browser();
      await signUp(bob, "bob@example.com");
      expectRefused(app, await bob.get(await linkAt(bob, visitor)), "account_exists");
      expect(await providersOf(bob)).toEqual(["password"]);
      expect(await providersOf(browser)).toEqual(["password", "oidc"]);
    });

    test("R-O1: whoever is somebody else by then links nothing", async () => {
      await signUp();
      const callback = await linkAt(browser, visitor);
      await browser.post("/signout");
      const bobId = await signUp(browser, "bob@example.com");
      expectRefused(app, await browser.get(callback), "sign_in_expired");
      expect(await providersOf(browser)).toEqual(["password"]);
      expect((await sessionOf(browser))?.user.id).toBe(bobId);
    });
  });

  describe("unlinking", () => {
    test("ends a way in; the last one stays", async () => {
      const userId = await signUp();
      await browser.get(await linkAt(browser, visitor));
      told.length = 0;
      expect((await unlink(browser, "password")).status).toBe(200);
      expect(told).toMatchObject([["onAccountUnlinked", { userId }]]);
      expect((await browser.post("/signin/password", { email: EMAIL, password: PASSWORD })).status).toBe(401);

      const last = await unlink(browser, "oidc");
      expect(last.status).toBe(409);
      expect(await last.json()).toMatchObject({ error: { code: "last_account" } });
      expect(await providersOf(browser)).toEqual(["oidc"]);
      expectSignedIn(app, await signInAt(app.browser(), visitor));
    });

    test("an account that was unlinked is nobody's: signing in with it is a new user", async () => {
      const userId = await signUp();
      await browser.get(await linkAt(browser, visitor, { login: "somebody" }));
      expect((await unlink(browser, "oidc")).status).toBe(200);
      const elsewhere = app.browser();
      expectSignedIn(app, await signInAt(elsewhere, visitor, { login: "somebody" }));
      expect((await sessionOf(elsewhere))?.user.id).not.toBe(userId);
    });
  });
});
