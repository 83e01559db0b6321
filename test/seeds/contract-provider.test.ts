/**
 * CONTRACT A and B as far as they concern signing in with a provider, by number, with the real `google` in its world: S0.10, S0.34,
 * S0.37, S0.38, S0.49, S0.53, S0.59, S0.64 and S1.94. What core does of them by itself is in its own `test/seeds`.
 */
import { type Adapter, type AuthConfig, authenticate, createAuth, getSession, type SessionUser } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import * as providers from "@latchkey/providers/oauth";
import { custom, google, type OAuthOptions } from "@latchkey/providers/oauth";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cookiePair, maxAgeOf, SECRET } from "../../packages/core/test/seeds/app.js";
import { MODES, sessionOf } from "../../packages/providers/test/oauth/oidc-app.js";
import { RECORDINGS } from "../../packages/providers/test/oauth/profiles.js";
import type { World } from "../../packages/providers/test/oauth/provider-world.js";
import { APP, expectSignedIn, openApp, START } from "../../packages/providers/test/oauth/test-app.js";
import {
  agree,
  clientOf,
  comeBack,
  enterWorld,
  visit,
  visitorOf,
} from "../../packages/providers/test/oauth/world-visit.js";
import { WORLDS } from "../../packages/providers/test/oauth/worlds.js";

const CLIENT = clientOf(WORLDS.google);
const ANN = { email: "ann@example.com", name: "Ann Lee", picture: "https://lh3.googleusercontent.com/a/photo=s96-c" };
const ANNS_ID = "10769150350006150715113082367";
const clock = { now: START };
let world: World;

beforeEach(async () => {
  clock.now = START;
  world = await enterWorld("google", WORLDS.google, RECORDINGS.google, () => clock.now);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** An app with google, and a browser. */
function open(config: Partial<AuthConfig> = {}, options: Partial<OAuthOptions> = {}) {
  const app = openApp(clock, [google({ ...CLIENT, ...options })], config);
  const browser = app.browser();
  return { ...app, app, browser, visitor: visitorOf(browser) };
}

/** What the app's server would pass on: the callback of somebody who agreed, with the cookies of their browser. */
async function callbackOf({ browser, visitor }: ReturnType<typeof open>): Promise<Request> {
  const { url, fields } = await agree(visitor, world, "google");
  const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
  return new Request(`${url}?${new URLSearchParams(fields)}`, { headers: { cookie } });
}

describe("S0.10: authenticate(config, request)", () => {
  const config = (): AuthConfig => ({
    ...{ secret: SECRET, provider: google(CLIENT), baseUrl: APP, clock: () => clock.now },
  });

  test("S0.10: a sign-in that begins is { redirectUrl, cookies }", async () => {
    const result = await authenticate(config(), new Request(`${APP}/auth/signin/google`));
    expect(Object.keys(result).sort()).toEqual(["cookies", "redirectUrl"]);
    expect(result.redirectUrl).toMatch(/^https:\/\/accounts\.google\.com\/o\/oauth2\/v2\/auth\?/);
  });

  test("S0.10: the callback is { session, cookies, redirectUrl }, with the session's own cookie", async () => {
    const given = config();
    const result = await authenticate(given, await callbackOf(open({ secret: SECRET, adapter: undefined })));
    expect(Object.keys(result).sort()).toEqual(["cookies", "redirectUrl", "session"]);
    expect(result).toMatchObject({ redirectUrl: "/", session: { type: "oauth", user: { id: ANNS_ID, ...ANN } } });
    const cookie = result.cookies?.find((line) => line.startsWith("auth-session=")) ?? "";
    expect(await getSession(new Request(APP, { headers: { cookie: cookiePair(cookie) } }), given)).toEqual(
      result.session,
    );
  });

  test("S0.10: a refusal is { error } with a code, and takes the attempt's cookie away", async () => {
    const app = open({ secret: SECRET, adapter: undefined });
    const { fields, url } = await agree(app.visitor, world, "google");
    const query = new URLSearchParams({ state: fields.state ?? "", error: "access_denied" });
    const cookie = [...app.browser.cookies].map((pair) => pair.join("=")).join("; ");
    const result = await authenticate(config(), new Request(`${url}?${query}`, { headers: { cookie } }));
    expect(result).toEqual({ error: "access_denied", cookies: [expect.stringMatching(/^__Host-auth-attempt-.*=;/)] });
    expect(result.cookies?.map(maxAgeOf)).toEqual([0]);
  });
});

describe.each(MODES)("with %s", (_mode, config) => {
  test("S0.34: click, google, callback, session, cookie, dashboard", async () => {
    const { app, browser } = open(config);
    const begun = await browser.get("/signin/google?callbackUrl=/dashboard");
    expect([begun.status, await sessionOf(browser)]).toEqual([303, null]);
    const comeback = world.authorize(begun.headers.get("location") ?? "");
    expectSignedIn(app, await comeBack(visitorOf(browser), comeback), "/dashboard");
    expect(await sessionOf(browser)).toMatchObject({ type: "oauth", user: ANN });
    expect(world.faults).toEqual([]);
  });

  test("S0.38: the session's user is the one that callbacks.user returned, not google's", async () => {
    const adapter = memoryAdapter();
    const dates = { createdAt: new Date(START), updatedAt: new Date(START) };
    await adapter.createUser({ id: "row-7", name: "Ann of ours", ...dates });
    const user = () => ({ id: "row-7", name: "Ann of ours" });
    const hasAdapter = !("adapter" in config);
    const { browser, visitor } = open({ ...config, ...(hasAdapter && { adapter }), callbacks: { user } });
    await visit(visitor, world, "google");
    expect((await sessionOf(browser))?.user).toMatchObject({ id: "row-7", name: "Ann of ours" });
    const account = await adapter.getAccount({ provider: "google", providerAccountId: ANNS_ID });
    expect(account?.userId).toBe(hasAdapter ? "row-7" : undefined);
  });
});

test("S0.37: callbacks.user is called once the code was exchanged, with { id, email, name, picture } and google", async () => {
  const seen: unknown[] = [];
  const user = async (profile: SessionUser, context: object) => {
    seen.push([profile, context]);
    return profile;
  };
  const { browser, visitor } = open({ adapter: undefined, callbacks: { user } });
  const comeback = await agree(visitor, world, "google");
  await comeBack(visitor, { ...comeback, fields: { ...comeback.fields, code: "4/0-of-nobody" } });
  expect([seen, await sessionOf(browser)]).toEqual([[], null]);
  await visit(visitor, world, "google");
  await sessionOf(browser);
  const context = { provider: "google", email: ANN.email, emailVerified: true };
  expect(seen).toEqual([[{ id: ANNS_ID, ...ANN }, expect.objectContaining(context)]]);
});

test.each([
  ["no more", {}],
  ["an adapter", { adapter: memoryAdapter() as Adapter }],
  ["callbacks", { callbacks: { jwt: () => ({ role: "admin" }) } }],
  ["both", { adapter: memoryAdapter() as Adapter, callbacks: { jwt: () => ({ role: "admin" }) } }],
])("S0.49: { secret, provider: google({…}) } with %s is a config", async (_what, more) => {
  const auth = createAuth({ secret: SECRET, provider: google(CLIENT), ...more });
  const answer = await auth.handler(new Request(`${APP}/auth/signin/google`));
  expect(() => world.authorize(answer.headers.get("location") ?? "")).not.toThrow();
});

describe("S0.53: agents", () => {
  const payload = { userId: ANNS_ID, scopes: ["debug", "read"], agentId: "claude-dev", expiresIn: "15m" };

  test("S0.53: what an agent says of itself signs nobody in where a provider does", async () => {
    const { auth } = open();
    const config = { secret: SECRET, provider: google(CLIENT) };
    const anonymous = new Request(`${APP}/dashboard`);
    // @ts-expect-error: agents do not sign in here
    expect(await authenticate(config, anonymous, payload)).toEqual({ error: "unauthorized" });
    const query = new URLSearchParams({ ...payload, scopes: "debug" });
    const results = [
      await auth.authenticate(new Request(`${APP}/auth/callback/google?${query}`)),
      await auth.authenticate(new Request(`${APP}/auth/signin/google?${query}`)),
    ];
    expect(results.map(({ session }) => session)).toEqual([undefined, undefined]);
  });

  test("S0.53: somebody who comes back from google is no agent, whatever the callback says", async () => {
    const { browser, visitor } = open();
    const comeback = await agree(visitor, world, "google");
    const more = { type: "mcp-agent", agentId: payload.agentId, scopes: "debug read" };
    await comeBack(visitor, { ...comeback, fields: { ...more, ...comeback.fields } });
    const session = await sessionOf(browser);
    expect(session?.type).toBe("oauth");
    expect(session).not.toHaveProperty("agentId");
    expect(session).not.toHaveProperty("scopes");
  });
});

describe("S0.59: routes", () => {
  test("S0.59: GET /session, POST /signout, GET /signin/:provider and GET /callback/:provider", async () => {
    const { browser, visitor } = open();
    expect(await (await browser.get("/session")).json()).toEqual({ session: null });
    const answer = await visit(visitor, world, "google");
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/"]);
    expect(await (await browser.get("/session")).json()).toMatchObject({ session: { user: ANN } });
    expect(await (await browser.post("/signout")).json()).toMatchObject({ success: true });
    expect(await (await browser.get("/session")).json()).toEqual({ session: null });
  });

  test("S0.59: successRedirect is where the browser goes on, unless it says where", async () => {
    const { app, browser, visitor } = open({ successRedirect: "/dashboard" });
    expectSignedIn(app, await visit(visitor, world, "google"), "/dashboard");
    const begun = await browser.get("/signin/google?callbackUrl=/settings");
    expectSignedIn(app, await comeBack(visitor, world.authorize(begun.headers.get("location") ?? "")), "/settings");
  });

  test("S0.59: errorRedirect is where it goes when nothing came of it, with the code", async () => {
    const { visitor } = open({ errorRedirect: "/sign-in?from=google" });
    const { state = "" } = (await agree(visitor, world, "google")).fields;
    const answer = await visitor.get(`/callback/google?${new URLSearchParams({ state, error: "access_denied" })}`);
    expect(answer.headers.get("location")).toBe("/sign-in?from=google&error=access_denied");
  });

  test("S0.59: basePath moves the routes, and with them the redirect URI", async () => {
    const { auth } = open({ basePath: "/api/auth" });
    const begun = await auth.handler(new Request(`${APP}/api/auth/signin/google`));
    const { searchParams } = new URL(begun.headers.get("location") ?? "");
    expect(searchParams.get("redirect_uri")).toBe(`${APP}/api/auth/callback/google`);
    expect((await auth.handler(new Request(`${APP}/auth/signin/google`))).status).toBe(404);
  });
});

describe("S0.64: providers", () => {
  test.each([
    ...["google", "github", "gitlab", "facebook", "linkedin", "microsoft", "spotify", "discord", "twitch", "epic"],
  ] as const)("S0.64: %s is one", (name) => {
    const factories: Record<string, unknown> = { ...providers };
    const factory = factories[name] as (options: OAuthOptions) => { id: string; type: string };
    const redirectUri = `${APP}/auth/callback/${name}`;
    const options = { ...CLIENT, redirectUri, scope: "openid email", pkce: "S256" } as const;
    expect(factory(options)).toMatchObject({ id: name, type: "oauth" });
  });

  test("S0.64: custom is one", () => {
    const endpoints = { authorizationEndpoint: "https://id.test/authorize", tokenEndpoint: "https://id.test/token" };
    const profile = { userInfoEndpoint: "https://id.test/userinfo" };
    expect(custom({ id: "ours", ...CLIENT, ...endpoints, ...profile })).toMatchObject({ id: "ours", type: "oauth" });
  });

  test("S0.64: redirectUri and scope are sent as they are given", async () => {
    const redirectUri = "https://other.test/auth/callback/google";
    const { browser } = open({}, { redirectUri, scope: ["openid", "email"] });
    const { searchParams } = new URL((await browser.get("/signin/google")).headers.get("location") ?? "");
    expect([searchParams.get("redirect_uri"), searchParams.get("scope")]).toEqual([redirectUri, "openid email"]);
  });

  test.each(["plain", false, true, "s256"])("S0.64: pkce: %j is refused at start: there is S256 alone", (pkce) => {
    // @ts-expect-error: the types say so, too
    expect(() => google({ ...CLIENT, pkce })).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });
});

describe("S1.94: the flow", () => {
  test("S1.94: state and verifier are kept by the browser for ten minutes, sealed", async () => {
    const { browser, visitor } = open();
    const begun = await browser.get("/signin/google");
    const [cookie = "", ...more] = begun.headers.getSetCookie();
    expect([more, maxAgeOf(cookie)]).toEqual([[], 600]);
    const { searchParams } = new URL(begun.headers.get("location") ?? "");
    const [, nonceOfState = ""] = (searchParams.get("state") ?? "").split(".");
    for (const secret of [nonceOfState, searchParams.get("nonce") ?? ""]) expect(cookie).not.toContain(secret);

    const comeback = world.authorize(begun.headers.get("location") ?? "");
    clock.now += 600_000;
    const late = await comeBack(visitor, comeback);
    expect([late.headers.get("location"), world.requests]).toEqual(["/login?error=sign_in_expired", []]);
  });

  test("S1.94: code, profile, user, account, session cookie, redirect: each once", async () => {
    const { app, adapter, written, visitor } = open();
    const comeback = await agree(visitor, world, "google");
    clock.now += 599_000;
    expectSignedIn(app, await comeBack(visitor, comeback));
    expect(world.requests).toEqual([
      "POST https://oauth2.googleapis.com/token",
      "GET https://www.googleapis.com/oauth2/v3/certs",
    ]);
    expect(written).toEqual(["createUserWithAccount", "createSession"]);
    const found = await adapter.getUserWithAccount({ provider: "google", providerAccountId: ANNS_ID });
    expect(found?.user).toMatchObject({ ...ANN, emailVerified: false });
  });
});
