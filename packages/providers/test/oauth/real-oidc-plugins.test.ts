/** Plugins: routes of their own, and hooks that are told in every flow, a real OpenID provider's among them. */
import { type AuthConfig, AuthError } from "@latchkey/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { password } from "../../src/index.js";
import { AppClock, KEPT_MODES, linkAt, registeredAt, sessionOf, signInAt } from "./oidc-app.js";
import { type OidcServer, openOidcServer } from "./oidc-server.js";
import { Visitor } from "./oidc-visitor.js";
import { APP, type App, type Browser, expectRefused, locationOf, openApp } from "./test-app.js";

type Plugin = NonNullable<AuthConfig["plugins"]>[number];
type PluginHooks = NonNullable<Plugin["hooks"]>;

const CREDENTIALS = { email: "bob@example.com", password: "a long sentence of his" };

let server: OidcServer;
beforeAll(async () => {
  server = await openOidcServer();
});
afterAll(() => server.stop());

describe.each(KEPT_MODES)("%s", (_name, config) => {
  let told: string[];
  let app: App;
  let browser: Browser;
  let visitor: Visitor;
  beforeEach(() => open());

  function open(plugins: readonly Plugin[] = [{ id: "audit", hooks: notingHooks() }]): void {
    told = [];
    app = openApp(new AppClock(), [registeredAt(server), password()], { ...config, plugins });
    browser = app.browser();
    visitor = new Visitor(server);
  }

  /** Each writes down what it was told. */
  function notingHooks(prefix = ""): Required<PluginHooks> {
    return {
      beforeSignUp: async (data) => void told.push(`${prefix}beforeSignUp ${data.email}`),
      afterSignUp: async (user) => void told.push(`${prefix}afterSignUp ${user.email}`),
      beforeSignIn: async (user) => void told.push(`${prefix}beforeSignIn ${user.email}`),
      afterSignIn: async (user, session) => void told.push(`${prefix}afterSignIn ${user.email} by ${session.type}`),
      beforeSignOut: async (session) => void told.push(`${prefix}beforeSignOut by ${session.type}`),
    };
  }

  const ofSignUp = (email: string) => [`beforeSignUp ${email}`, `afterSignUp ${email}`];
  const ofSignIn = (email: string, type: string) => [`beforeSignIn ${email}`, `afterSignIn ${email} by ${type}`];

  /** What the hooks were told meanwhile. */
  async function tellsOf(work: () => Promise<unknown>): Promise<string[]> {
    told.length = 0;
    await work();
    return [...told];
  }

  async function sessionsOf(email: string) {
    const user = await app.adapter.getUserByEmail(email);
    expect(user).not.toBe(null);
    return app.adapter.listSessions(user?.id ?? "", new Date());
  }

  describe("B97: the hooks of a plugin are told, in order", () => {
    test("by a real provider: the first sign-in is a sign-up, too; the second is none", async () => {
      const first = await tellsOf(() => signInAt(browser, visitor));
      expect(first).toEqual([...ofSignUp("alice@example.com"), ...ofSignIn("alice@example.com", "oauth")]);
      const second = await tellsOf(() => signInAt(browser, visitor));
      expect(second).toEqual(ofSignIn("alice@example.com", "oauth"));
      expect(await tellsOf(() => browser.post("/signout"))).toEqual(["beforeSignOut by oauth"]);
    });

    test("by password", async () => {
      const email = CREDENTIALS.email;
      const signUp = await tellsOf(() => browser.post("/signup", CREDENTIALS));
      expect(signUp).toEqual([...ofSignUp(email), ...ofSignIn(email, "password")]);
      expect(await tellsOf(() => browser.post("/signin/password", CREDENTIALS))).toEqual(ofSignIn(email, "password"));
      expect(await tellsOf(() => browser.post("/signout"))).toEqual(["beforeSignOut by password"]);
    });

    test("by the functions of an Auth", async () => {
      await browser.post("/signup", CREDENTIALS);
      const user = (await sessionOf(browser))?.user;
      const request = new Request(APP);
      const created = await tellsOf(() => app.auth.sessions.createSession(user?.id ?? "", request));
      expect(created).toEqual(ofSignIn(CREDENTIALS.email, "custom"));
      const headers = { cookie: [...browser.cookies].map((cookie) => cookie.join("=")).join("; ") };
      expect(await tellsOf(() => app.auth.signOut(new Request(APP, { headers })))).toEqual([
        "beforeSignOut by password",
      ]);
      const body = JSON.stringify(CREDENTIALS);
      const signIn = () =>
        app.auth.authenticate(
          new Request(`${APP}/auth/signin/password`, {
            ...{ method: "POST", body },
            headers: { origin: APP, "content-type": "application/json" },
          }),
        );
      expect(await tellsOf(signIn)).toEqual(ofSignIn(CREDENTIALS.email, "password"));
    });

    test("none of them where nobody signs in or out: linking, reading, a failure, a sign-out of nobody", async () => {
      await browser.post("/signup", CREDENTIALS);
      const linking = async () => browser.get(await linkAt(browser, visitor));
      expect(await tellsOf(linking)).toEqual([]);
      expect(await tellsOf(() => sessionOf(browser))).toEqual([]);
      const failing = async () => {
        await browser.post("/signin/password", { ...CREDENTIALS, password: "not his sentence" });
        const page = await browser.get("/signin/oidc");
        const callback = await new Visitor(server).authorize(locationOf(page), { consents: false });
        expect(locationOf(await browser.get(callback))).toContain("error=access_denied");
      };
      expect(await tellsOf(failing)).toEqual([]);
      expect(await tellsOf(() => app.browser().post("/signout"))).toEqual([]);
    });

    test("in the order of the plugins, then the app's own", async () => {
      const plugins = ["one", "two"].map((id) => ({ id, hooks: notingHooks(`${id}: `) }));
      const hooks: AuthConfig["hooks"] = { beforeSignIn: () => void told.push("the app's own") };
      app = openApp(new AppClock(), [registeredAt(server)], { ...config, plugins, hooks });
      await signInAt(app.browser(), visitor);
      expect(told.filter((line) => /beforeSignIn|own/.test(line))).toEqual([
        "one: beforeSignIn alice@example.com",
        "two: beforeSignIn alice@example.com",
        "the app's own",
      ]);
    });
  });

  describe("B97: a before-hook that throws refuses", () => {
    const refuse = () => {
      throw new AuthError("access_denied", "not on the list");
    };

    test("a sign-up: nothing is added", async () => {
      open([{ id: "list", hooks: { beforeSignUp: refuse } }]);
      expectRefused(app, await signInAt(browser, visitor), "access_denied");
      const answer = await browser.post("/signup", CREDENTIALS);
      expect([answer.status, app.written]).toEqual([403, []]);
      expect(await sessionOf(browser)).toBe(null);
    });

    test("a sign-in: no session, and the one before goes on", async () => {
      let isClosed = false;
      open([{ id: "list", hooks: { beforeSignIn: () => (isClosed ? refuse() : undefined) } }]);
      await signInAt(browser, visitor);
      const session = await sessionOf(browser);
      isClosed = true;
      app.written.length = 0;
      expect(locationOf(await signInAt(browser, visitor))).toBe("/login?error=access_denied");
      expect(app.written).not.toContain("createSession");
      expect(await sessionOf(browser)).toEqual(session);
    });

    test("an error that is none of ours refuses as well, as a fault of the app", async () => {
      const fail = () => Promise.reject(new Error("the list cannot be read"));
      open([{ id: "list", hooks: { beforeSignUp: fail } }]);
      expect(locationOf(await signInAt(browser, visitor))).toBe("/login?error=callback_failed");
      expect([await sessionOf(browser), app.written]).toEqual([null, []]);
      expect(app.errors).toMatchObject([{ code: "callback_failed" }]);
    });

    test("but never a sign-out: nobody is kept signed in against their will", async () => {
      open([{ id: "list", hooks: { beforeSignOut: refuse } }]);
      await signInAt(browser, visitor);
      const answer = await browser.post("/signout");
      expect(answer.status).toBe(403);
      expect([...browser.cookies]).toEqual([]);
      expect(await sessionsOf("alice@example.com")).toEqual([]);
    });

    test("a hook after a sign-in that throws leaves no session behind", async () => {
      open([{ id: "list", hooks: { afterSignIn: refuse } }]);
      expect(locationOf(await signInAt(browser, visitor))).toBe("/login?error=access_denied");
      expect(await sessionOf(browser)).toBe(null);
      expect(await sessionsOf("alice@example.com")).toEqual([]);
    });
  });

  describe("B97: the routes of a plugin", () => {
    let joined: string[];
    beforeEach(() => {
      joined = [];
      open([
        {
          id: "newsletter",
          routes: {
            "GET /newsletter": () => Response.json({ readers: joined.length }),
            "GET /newsletter/cached": () => new Response("all", { headers: { "cache-control": "max-age=60" } }),
            "GET /newsletter/elsewhere": () => Response.redirect("https://news.example/", 302),
            "POST /newsletter/join": async (request, { requireSession, adapter, now }) => {
              const { user } = await requireSession();
              joined.push(`${user.email} ${await request.text()} ${adapter !== null} ${now instanceof Date}`);
              return new Response(null, { status: 204 });
            },
          },
        },
      ]);
    });

    test("answer under the base path, and nobody keeps what they say unless they say so", async () => {
      const answer = await browser.get("/newsletter");
      expect([answer.status, await answer.json()]).toEqual([200, { readers: 0 }]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect((await browser.get("/newsletter/cached")).headers.get("cache-control")).toBe("max-age=60");
      const redirect = await browser.get("/newsletter/elsewhere");
      expect([redirect.status, locationOf(redirect), redirect.headers.get("cache-control")]).toEqual([
        302,
        "https://news.example/",
        "no-store",
      ]);
    });

    test("know who is signed in, and read the body themselves", async () => {
      const join = () =>
        browser.request("/newsletter/join", { method: "POST", body: "weekly", headers: { origin: APP } });
      expect((await join()).status).toBe(401);
      await signInAt(browser, visitor);
      expect((await join()).status).toBe(204);
      expect(joined).toEqual(["alice@example.com weekly true true"]);
    });

    test("R-C12: no page of another site makes them do something", async () => {
      await signInAt(browser, visitor);
      for (const origin of ["https://evil.example", "null"]) {
        const headers = { origin, "sec-fetch-site": "cross-site", "user-agent": "Mozilla/5.0" };
        const answer = await browser.request("/newsletter/join", { method: "POST", body: "weekly", headers });
        expect(answer.status).toBe(403);
      }
      expect(joined).toEqual([]);
    });

    test("of another method are refused by name", async () => {
      const answer = await browser.get("/newsletter/join");
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    });
  });
});

test.each<[why: string, plugins: Plugin[]]>([
  ["two of one id", [{ id: "one" }, { id: "one" }]],
  ["one without an id", [{ id: "" }]],
  ["a route of the engine's", [{ id: "one", routes: { "GET /session": () => new Response() } }]],
  ["a route of a provider's", [{ id: "one", routes: { "GET /signin/oidc": () => new Response() } }]],
  ["a route without a method", [{ id: "one", routes: { "/newsletter": () => new Response() } }]],
  ["a hook that there is not", [{ id: "one", hooks: { onSignIn: () => {} } as PluginHooks }]],
])("B97: plugins that cannot be are refused at start: %s", (_why, plugins) => {
  expect(() => openApp(new AppClock(), [registeredAt(server)], { plugins })).toThrow(
    expect.objectContaining({ code: "config_invalid" }),
  );
});
