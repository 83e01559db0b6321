/** The defects of CONTRACT C that concern tokens and the public session, by number. What is elsewhere: see `defects.test.ts`. */
import { createAuth, createSessionCookie, getSession, type NewSession } from "@latchkey/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  ask,
  callback,
  cookiePair,
  DAY,
  google,
  HOUR,
  handMade,
  JOHN,
  JWT,
  JWT_WITH_ROW,
  maxAgeOf,
  ORIGIN,
  OTHER_SECRET,
  openApp,
  SECRET,
  SETTINGS,
  START,
  STATEFUL,
  tokenOf,
} from "./app.js";

const SECONDS = START / 1000;

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What the handler made of a request: status and, where there is one, the code of the error. */
function post(cookie: string | undefined, to: string, body: string, headers: Record<string, string> = {}): Request {
  return ask(cookie, to, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
}

describe("Tokens and the public session", () => {
  test("B47: a token of 60 seconds says so, at every read", async () => {
    const { auth, clock } = openApp();
    const cookie = cookiePair(createSessionCookie({ user: JOHN, expires: new Date(START + 60_000) }, auth));
    for (const second of [0, 30, 59]) {
      clock.now = START + second * 1000;
      expect((await auth.getSession(ask(cookie)))?.expires).toBe(new Date(START + 60_000).toISOString());
    }
  });

  test.each([
    ["an ISO string", new Date(START + HOUR * 1000).toISOString()],
    ["a Date", new Date(START + HOUR * 1000)],
  ])("B48: createSessionCookie takes expires as %s, and the cookie holds a session", async (_name, expires) => {
    const { auth } = openApp();
    const cookie = createSessionCookie({ user: JOHN, expires }, auth);
    expect(maxAgeOf(cookie)).toBe(HOUR);
    expect(await auth.getSession(ask(cookiePair(cookie)))).toMatchObject({ user: JOHN });
  });

  test.each([
    ["no user", { expires: new Date(START + 1000) }],
    ["no id", { user: { email: JOHN.email }, expires: new Date(START + 1000) }],
    ["no end", { user: JOHN }],
    ["no date", { user: JOHN, expires: "soon" }],
    ["an end in the past", { user: JOHN, expires: new Date(START) }],
    ["an end past the absolute limit", { user: JOHN, expires: new Date(START + 401 * DAY * 1000) }],
  ])("B48: a session with %s is refused, never an empty cookie", (_what, session) => {
    const { auth } = openApp();
    const make = () => createSessionCookie(session as Parameters<typeof createSessionCookie>[0], auth);
    expect(make).toThrow(expect.objectContaining({ code: "request_invalid" }));
  });

  test.each(SETTINGS)(
    "B49: a refresh moves the end of the session itself, not of the cookie alone ($name)",
    async (setting) => {
      const { auth, clock, signIn } = openApp(setting);
      const cookie = await signIn();
      clock.advance(20 * DAY);
      const answer = await auth.handler(post(cookie, "/auth/session/refresh", "{}"));
      const renewed = cookiePair(answer.headers.getSetCookie()[0]);
      clock.advance(29 * DAY);
      const session = await auth.getSession(ask(renewed));
      expect(session?.expires).toBe(new Date(START + 50 * DAY * 1000).toISOString());
    },
  );

  test.each(SETTINGS)("B50: callbacks.jwt may set exp, at sign-in and at each renewal ($name)", async (setting) => {
    const jwt = (token: Record<string, unknown>) => ({ ...token, exp: app.clock.now / 1000 + 7 * DAY });
    const app = openApp(setting, { callbacks: { jwt } });
    const cookie = await app.signIn();
    app.clock.advance(6 * DAY);
    const renewed = await app.auth.sessions.refreshSession(ask(cookie));
    expect(maxAgeOf(renewed?.cookie ?? "")).toBe(7 * DAY);
    const session = await app.auth.getSession(ask(cookiePair(renewed?.cookie)));
    expect(session?.expires).toBe(new Date(START + 13 * DAY * 1000).toISOString());
  });

  test.each(SETTINGS)(
    "B50: an exp that is no future time fails the sign-in; one too far is cut to the limit ($name)",
    async (setting) => {
      const onError = () => {};
      for (const exp of [0, -1, SECONDS, Number.NaN, "tomorrow", null]) {
        const { auth } = openApp(setting, { callbacks: { jwt: () => ({ exp }) }, hooks: { onError } });
        const { headers } = await auth.handler(callback());
        expect(headers.get("location"), String(exp)).toBe("/login?error=callback_failed");
        expect(headers.getSetCookie()).toEqual([]);
      }
      for (const exp of [SECONDS + 500 * DAY, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
        const { auth } = openApp(setting, { callbacks: { jwt: () => ({ exp }) }, hooks: { onError } });
        const answer = await auth.handler(callback());
        const expected = Number.isFinite(exp) ? ["/", 400 * DAY] : ["/login?error=callback_failed", undefined];
        expect([answer.headers.get("location"), answer.headers.getSetCookie().map(maxAgeOf)[0]]).toEqual(expected);
      }
    },
  );

  test.each(SETTINGS)(
    "B51: claims, picture and callbacks.session last through reads and renewals ($name)",
    async (setting) => {
      const callbacks = {
        jwt: () => ({ role: "admin" }),
        session: (session: object) => ({ ...session, shaped: true }),
      };
      const { auth, clock, signIn } = openApp(setting, { callbacks });
      const expected = { role: "admin", shaped: true, user: { picture: JOHN.picture } };
      let cookie = await signIn();
      for (let renewal = 0; renewal < 3; renewal++) {
        expect(await auth.getSession(ask(cookie))).toMatchObject(expected);
        clock.advance(2 * DAY);
        const { session, cookies } = await auth.renewSession(ask(cookie));
        expect(session).toMatchObject(expected);
        cookie = cookiePair(cookies[0]);
      }
    },
  );

  test.each(STATEFUL)(
    "B52: a deleted row signs out on the next read, by every way of reading ($name)",
    async (setting) => {
      const { auth, adapter, config, signIn } = openApp(setting);
      const cookie = await signIn();
      const { id } = (await auth.getSession(ask(cookie))) ?? { id: "" };
      await adapter.deleteSession({ id });
      expect(await auth.getSession(ask(cookie))).toBeNull();
      expect(await getSession(ask(cookie), config)).toBeNull();
      expect(await auth.sessions.getSession(ask(cookie))).toBeNull();
      expect(await (await auth.handler(ask(cookie, "/auth/session"))).json()).toEqual({ session: null });
      expect(await auth.authenticate(ask(cookie))).toEqual({ error: "unauthorized" });
    },
  );

  test.each(STATEFUL)("B53: signing out twice, or after the row is gone, is no error ($name)", async (setting) => {
    const { auth, signIn } = openApp(setting);
    const cookie = await signIn();
    const signOut = () => auth.handler(post(cookie, "/auth/signout", "{}"));
    expect(await (await signOut()).json()).toEqual({ success: true, revoked: true });
    expect(await (await signOut()).json()).toEqual({ success: true, revoked: false });
  });

  test("B55: seven days stand nowhere: hand-made, signed in and renewed sessions last 30", async () => {
    for (const setting of SETTINGS) {
      const { auth, signIn } = openApp(setting);
      const renewed = await auth.sessions.refreshSession(ask(await signIn()));
      expect(renewed?.session.expires).toEqual(new Date(START + 30 * DAY * 1000));
      expect(maxAgeOf(renewed?.cookie ?? "")).toBe(30 * DAY);
    }
  });

  test("B59: a token of type mcp-agent is nobody's session cookie, whoever signed it", async () => {
    const claims = { sub: JOHN.id, sid: "agent-1", type: "mcp-agent", user: JOHN, iat: SECONDS, exp: SECONDS + 900 };
    for (const setting of [JWT, JWT_WITH_ROW]) {
      const { auth } = openApp(setting);
      expect(await auth.getSession(ask(`auth-session=${await handMade(claims)}`))).toBeNull();
      const browser = await handMade({ ...claims, type: "oauth" });
      expect((await auth.getSession(ask(`auth-session=${browser}`))) === null).toBe(setting.stateful);
    }
  });

  test.each(STATEFUL)("B59: the row of an agent is nobody's browser session ($name)", async (setting) => {
    const { auth, adapter, calls, signIn } = openApp(setting);
    const cookie = await signIn();
    const added = calls.find(({ method }) => method === "createSession")?.args[0] as NewSession;
    await adapter.updateSession(added.id, { agentId: "agent-1", scopes: ["read"] });
    expect(await auth.getSession(ask(cookie))).toBeNull();
  });

  test.each(SETTINGS)("B71: GET /session shows the public session and no token ($name)", async (setting) => {
    const { auth, signIn } = openApp(setting);
    const cookie = await signIn();
    const text = await (await auth.handler(ask(cookie, "/auth/session"))).text();
    expect(Object.keys(JSON.parse(text).session).sort()).toEqual(["expires", "id", "type", "user"]);
    expect(text).not.toContain(tokenOf(cookie));
  });

  test.each(["production", "development", "test", ""])(
    "B77: Secure does not depend on NODE_ENV=%j",
    async (environment) => {
      vi.stubEnv("NODE_ENV", environment);
      const auth = createAuth({ secret: SECRET, provider: google() });
      expect((await auth.handler(callback())).headers.getSetCookie()[0]).toContain("; Secure");
    },
  );

  test("B77: domain and prefix are options", async () => {
    const session = { cookieOptions: { domain: "app.example", prefix: "secure" } } as const;
    const [setCookie] = (await openApp(JWT, { session }).auth.handler(callback())).headers.getSetCookie();
    expect(setCookie).toMatch(/^__Secure-auth-session=.*; Domain=app\.example/);
  });

  test.each<[string, Forgery]>([
    ["alg none", { header: { alg: "none", typ: "JWT" } }],
    ["alg HS512", { header: { alg: "HS512", typ: "JWT" } }],
    ["alg hs256", { header: { alg: "hs256", typ: "JWT" } }],
    ["another typ", { header: { alg: "HS256", typ: "at+jwt" } }],
    ["no typ", { header: { alg: "HS256" } }],
    ["a key in the header", { header: { alg: "HS256", typ: "JWT", jwk: { kty: "oct", k: "eA" } } }],
    ["an unknown kid", { header: { alg: "HS256", typ: "JWT", kid: "../../x" } }],
    ["crit", { header: { alg: "HS256", typ: "JWT", crit: ["exp"] } }],
    ["another issuer", { claims: { iss: "https://other.example", aud: "app" } }],
    ["no issuer", { claims: { aud: "app" } }],
    ["another audience", { claims: { iss: ORIGIN, aud: ["other"] } }],
    ["no audience", { claims: { iss: ORIGIN } }],
    ["another secret", { claims: { iss: ORIGIN, aud: "app" }, secret: OTHER_SECRET }],
  ])("B78: a token with %s is refused", async (_what, { header, claims = { iss: ORIGIN, aud: "app" }, secret }) => {
    const { auth } = openApp(JWT, { session: { issuer: ORIGIN, audience: "app" } });
    const payload = { user: JOHN, iat: SECONDS, exp: SECONDS + HOUR };
    const valid = await handMade({ ...payload, iss: ORIGIN, aud: ["app", "other"] });
    expect(await auth.getSession(ask(`auth-session=${valid}`))).not.toBeNull();
    const forged = await handMade({ ...payload, ...claims }, secret, header);
    expect(await auth.getSession(ask(`auth-session=${forged}`))).toBeNull();
  });
});

interface Forgery {
  header?: object;
  claims?: object;
  secret?: string;
}
