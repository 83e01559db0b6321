/** `authenticate(config, request)` and `callbacks.user`, with a real OpenID provider. */
import { type AuthConfig, authenticate, getSession } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AppClock, KEPT_MODES, MODES, registeredAt, sessionOf, signInAt } from "./oidc-app.js";
import { type OidcServer, openOidcServer } from "./oidc-server.js";
import { Visitor } from "./oidc-visitor.js";
import { APP, expectNoRejections, expectSignedIn, locationOf, openApp } from "./test-app.js";

const EMAIL = "alice@example.com";

let server: OidcServer;
let visitor: Visitor;
beforeAll(async () => {
  server = await openOidcServer();
});
beforeEach(() => {
  visitor = new Visitor(server);
});
afterEach(async () => {
  server.people.clear();
  await expectNoRejections();
});
afterAll(() => server.stop());

describe.each(MODES)("authenticate, %s", (_name, mode) => {
  let config: AuthConfig;
  let jar: Map<string, string>;
  beforeEach(() => {
    jar = new Map();
    config = {
      secret: "authenticate-secret-19c7e2b50d8f4a63",
      baseUrl: APP,
      provider: registeredAt(server),
      successRedirect: "/dashboard",
      ...mode,
      ...(!("adapter" in mode) && { adapter: memoryAdapter() }),
      hooks: { onError: () => {} },
    };
  });

  /** Asks as a server does that has no routes of ours, and sends the cookies on. */
  async function ask(target: string, init: RequestInit = {}) {
    const headers = new Headers(init.headers);
    headers.set("cookie", [...jar].map((cookie) => cookie.join("=")).join("; "));
    const result = await authenticate(config, new Request(new URL(target, APP), { ...init, headers }));
    for (const line of result.cookies ?? []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0\b/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return result;
  }

  test("S0.34: begins with where to send the browser, and ends with the session, its cookies and the page", async () => {
    const begun = await ask("/auth/signin/oidc?callbackUrl=/welcome");
    expect(Object.keys(begun).sort()).toEqual(["cookies", "redirectUrl"]);
    expect(begun.redirectUrl).toContain(`${server.issuer}/auth?`);
    expect(begun.cookies).toHaveLength(1);

    const ended = await ask(await visitor.authorize(begun.redirectUrl ?? ""));
    expect(ended).toMatchObject({ redirectUrl: "/welcome", session: { type: "oauth", user: { email: EMAIL } } });
    expect(ended.error).toBe(undefined);
    expect([...jar.keys()]).toEqual(["auth-session"]);

    const page = new Request(`${APP}/page`, { headers: { cookie: `auth-session=${jar.get("auth-session")}` } });
    expect(await getSession(page, config)).toEqual(ended.session);
    expect((await authenticate(config, page)).session).toEqual(ended.session);
  });

  test("without a callbackUrl it ends on successRedirect; one on another origin counts for nothing", async () => {
    for (const query of ["", "?callbackUrl=https://evil.example/"]) {
      const begun = await ask(`/auth/signin/oidc${query}`);
      expect((await ask(await visitor.authorize(begun.redirectUrl ?? ""))).redirectUrl).toBe("/dashboard");
    }
  });

  test("consent refused is a code, and the attempt is over", async () => {
    const begun = await ask("/auth/signin/oidc");
    const callback = await visitor.authorize(begun.redirectUrl ?? "", { consents: false });
    const ended = await ask(callback);
    expect(ended).toMatchObject({ error: "access_denied" });
    expect(ended.session).toBe(undefined);
    expect([...jar]).toEqual([]);
    expect(await ask(callback)).toEqual({ error: "sign_in_expired" });
  });

  test("F-25: a provider that is down is a code, and the same callback works once it is up", async () => {
    const begun = await ask("/auth/signin/oidc");
    const callback = await visitor.authorize(begun.redirectUrl ?? "");
    await server.stop();
    expect(await ask(callback)).toMatchObject({ error: "provider_unavailable" });
    await server.start();
    expect((await ask(callback)).session?.user.email).toBe(EMAIL);
  });

  test("R-O1: the callback of another browser is nobody's", async () => {
    const begun = await ask("/auth/signin/oidc");
    const callback = await visitor.authorize(begun.redirectUrl ?? "");
    jar.clear();
    expect((await ask(callback)).error).toBe("sign_in_expired");
    expect(jar.has("auth-session")).toBe(false);
  });
});

describe("S0.37: callbacks.user decides which user it is", () => {
  test.each(MODES.slice(2))("%s: what it returns is in the session", async (_name, config) => {
    const asked: unknown[] = [];
    const callbacks: AuthConfig["callbacks"] = {
      async user(profile, context) {
        asked.push([profile, context]);
        return { ...profile, id: "our-42", name: "Ada" };
      },
    };
    const app = openApp(new AppClock(), [registeredAt(server)], { ...config, callbacks });
    const browser = app.browser();
    expectSignedIn(app, await signInAt(browser, visitor));
    const picture = "https://pictures.test/alice.png";
    expect((await sessionOf(browser))?.user).toEqual({ id: "our-42", email: EMAIL, name: "Ada", picture });
    const context = { provider: "oidc", email: EMAIL, emailVerified: true, emailTrusted: false };
    expect(asked).toEqual([[{ id: "alice", email: EMAIL, name: "Alice", picture }, context]]);
  });

  test.each(MODES.slice(2))(
    "R-O7, %s: an address that is not verified is told apart: nobody looks a user up by it",
    async (_name, config) => {
      const asked: unknown[] = [];
      const callbacks: AuthConfig["callbacks"] = {
        user(profile, context) {
          asked.push(profile.email, context.email, context.emailVerified);
          return { id: "our-42" };
        },
      };
      server.people.set("mallory", { email: EMAIL, email_verified: false });
      const app = openApp(new AppClock(), [registeredAt(server)], { ...config, callbacks });
      expectSignedIn(app, await signInAt(app.browser(), visitor, { login: "mallory" }));
      expect(asked).toEqual([null, EMAIL, false]);
    },
  );

  test.each(KEPT_MODES)("S0.38, %s: it wins over linked accounts and over safe linking", async (_name, config) => {
    const adapter = memoryAdapter();
    const plain = openApp(new AppClock(), [registeredAt(server)], { ...config, adapter });
    await signInAt(plain.browser(), visitor);
    const linked = await adapter.getUserByEmail(EMAIL);

    const dates = { createdAt: new Date(), updatedAt: new Date() };
    await adapter.createUser({ id: "our-42", email: "ada@example.com", ...dates });
    const callbacks: AuthConfig["callbacks"] = { user: async (profile) => ({ ...profile, id: "our-42" }) };
    const app = openApp(new AppClock(), [registeredAt(server)], { ...config, adapter, callbacks });
    const browser = app.browser();
    expectSignedIn(app, await signInAt(browser, visitor));
    expect((await sessionOf(browser))?.user.id).toBe("our-42");
    expect(await adapter.listSessions("our-42", new Date())).toHaveLength(1);
    // The account is still its first user's.
    expect(await adapter.listAccounts(linked?.id ?? "")).toHaveLength(1);

    // Somebody whose address is another user's: the app may well know.
    server.people.set("bob", { email: EMAIL, email_verified: false });
    expectSignedIn(app, await signInAt(app.browser(), new Visitor(server), { login: "bob" }));
    expect(await adapter.listAccounts("our-42")).toMatchObject([{ providerAccountId: expect.stringContaining("bob") }]);
  });

  test.each<[why: string, user: () => unknown]>([
    ["it throws", () => Promise.reject(new Error("no"))],
    ["it returns nobody", () => undefined],
    ["it returns a user without an id", () => ({ email: EMAIL })],
  ])("nobody is signed in when %s", async (_why, user) => {
    const callbacks = { user } as AuthConfig["callbacks"];
    const app = openApp(new AppClock(), [registeredAt(server)], { callbacks });
    const browser = app.browser();
    const answer = await signInAt(browser, visitor);
    expect(locationOf(answer)).toBe("/login?error=callback_failed");
    expect([await sessionOf(browser), app.written]).toEqual([null, []]);
  });
});
