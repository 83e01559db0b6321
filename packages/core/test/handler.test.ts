/** The routes of DESIGN §8 on the wire, over both strategies, plain and encrypted. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Adapter,
  type Auth,
  type AuthConfig,
  AuthError,
  createAuth,
  createId,
  createSessionCookie,
  getSession,
  type Provider,
} from "../src/index.js";
import { memoryAdapter } from "../src/memory/index.js";
import { signJwt } from "../src/token/jwt.js";
import { createKeyring } from "../src/token/keyring.js";
import { endOthers, pairOf, requestTo, SECRET, stoppedClock, tokenOf } from "./fixtures.js";

const USER = { id: "user-1", email: "user@example.com", name: "John Doe", picture: "https://example.com/p.png" };

/** Proves whoever says the magic word. */
const spell: Provider = {
  id: "spell",
  type: "spell",
  needsAdapter: false,
  routes: {
    "POST /signin/spell": async ({ input, notify, now }) => {
      if (input.word === "boom") throw new Error("provider bug with canary-7731");
      if (input.word === "often") {
        throw new AuthError("rate_limited", "too often", { retryAfter: 42 });
      }
      if (input.word !== "please") {
        throw new AuthError("invalid_credentials", `canary-7731 ${JSON.stringify(input)}`);
      }
      await notify("onPasswordChanged", { userId: USER.id, at: now });
      return {
        kind: "identity",
        identity: {
          provider: "spell",
          providerAccountId: "p1",
          userId: USER.id,
          email: USER.email,
          name: USER.name,
          picture: USER.picture,
        },
        isNewUser: false,
      };
    },
    "POST /spell/change": async ({ requireSession, adapter }) => {
      const session = await requireSession();
      const apply = endOthers(adapter as Adapter, session.user.id);
      return { kind: "factor-change", session, apply, announce: async () => {} };
    },
  },
};

const SETTINGS = [
  ["database", {}],
  ["jwt with rows", { strategy: "jwt" }],
  ["jwt with rows, encrypted", { strategy: "jwt", encrypt: true }],
  ["database with __Host-", { cookieOptions: { prefix: "host" } }],
] as const satisfies [string, AuthConfig["session"]][];

describe.each(SETTINGS)("%s", (_name, session) => {
  const clock = stoppedClock();
  let auth: Auth & { adapter: Adapter };
  const hooks = {
    onError: vi.fn(),
    onSignIn: vi.fn(),
    onSignOut: vi.fn(),
    onSignInFailed: vi.fn(),
    onSessionRevoked: vi.fn(),
    onSessionRenewed: vi.fn(),
    onCookieRejected: vi.fn(),
  };

  function setUp(more: Partial<AuthConfig> = {}) {
    const adapter = memoryAdapter();
    return Object.assign(
      createAuth({ secret: SECRET, adapter, provider: spell, clock, session, hooks, trustedProxies: 1, ...more }),
      { adapter },
    );
  }
  const call = (path: string, init?: RequestInit & { cookie?: string }) =>
    auth.handler(requestTo(path, init), { ipAddress: "203.0.113.9" });
  const post = (path: string, body: unknown = {}, cookie?: string) =>
    call(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
      ...(cookie === undefined ? {} : { cookie }),
    });
  async function signIn(cookie?: string): Promise<string> {
    const response = await post("/auth/signin/spell", { word: "please" }, cookie);
    expect(response.status).toBe(200);
    return pairOf(response.headers.getSetCookie()[0] as string);
  }
  const sessionOf = async (cookie: string) => (await (await call("/auth/session", { cookie })).json()).session;

  beforeEach(async () => {
    vi.clearAllMocks();
    auth = setUp();
    await auth.adapter.createUser({ ...USER, createdAt: new Date(), updatedAt: new Date() });
  });

  test("GET /session answers null for nobody and the public session for somebody, never to be cached (R-S18)", async () => {
    const nobody = await call("/auth/session");
    expect([nobody.status, await nobody.json(), nobody.headers.get("cache-control")]).toEqual([
      200,
      { session: null },
      "no-store",
    ]);
    const cookie = await signIn();
    const somebody = await call("/auth/session", { cookie });
    expect(somebody.headers.get("cache-control")).toBe("no-store");
    expect(await somebody.json()).toEqual({
      session: {
        id: expect.any(String),
        type: "spell",
        user: USER,
        expires: new Date(clock() + 30 * 86_400_000).toISOString(),
      },
    });
  });

  test("B11, B71: no answer holds the token or its hash", async () => {
    const cookie = await signIn();
    const bodies = await Promise.all(
      ["/auth/session", "/auth/sessions"].map(async (path) => (await call(path, { cookie })).text()),
    );
    const { hashToken } = await import("../src/token/opaque.js");
    for (const body of bodies) {
      expect(body).not.toContain(tokenOf(cookie));
      expect(body).not.toContain(hashToken(tokenOf(cookie)));
    }
  });

  test("GET /sessions lists the user's devices with this one marked (B45)", async () => {
    const first = await signIn();
    clock.advance(5);
    const second = await auth.handler(
      requestTo("/auth/signin/spell", {
        method: "POST",
        body: '{"word":"please"}',
        headers: {
          "content-type": "application/json",
          "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0\u001b",
          "sec-fetch-site": "same-origin",
          "x-forwarded-for": "6.6.6.6, 198.51.100.7",
        },
      }),
      { ipAddress: "10.0.0.1" },
    );
    expect(second.status).toBe(200);
    const { sessions } = await (await call("/auth/sessions", { cookie: first })).json();
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).toEqual({
      id: expect.any(String),
      type: "spell",
      current: false,
      device: "Firefox on Linux",
      userAgent: expect.stringContaining("Firefox"),
      ipAddress: "198.51.100.7",
      createdAt: new Date(clock()).toISOString(),
      updatedAt: new Date(clock()).toISOString(),
      expires: expect.any(String),
    });
    expect(sessions[1].current).toBe(true);
  });

  test("DELETE /sessions/:id ends one of mine at once, and answers 404 for anybody else's (R-S12)", async () => {
    const [mine, other] = [await signIn(), await signIn()];
    await auth.adapter.createUser({ id: "user-2", createdAt: new Date(), updatedAt: new Date() });
    const foreign = await auth.sessions.createSession("user-2", requestTo("/"));
    const { id } = await sessionOf(other);

    expect((await call(`/auth/sessions/${foreign.session.id}`, { method: "DELETE", cookie: mine })).status).toBe(404);
    expect(await sessionOf(pairOf(foreign.cookie))).not.toBeNull();
    const revoked = await call(`/auth/sessions/${id}`, { method: "DELETE", cookie: mine });
    expect([revoked.status, await revoked.json()]).toEqual([200, { success: true }]);
    expect(await sessionOf(other)).toBeNull();
    expect(await sessionOf(mine)).not.toBeNull();
    expect((await call(`/auth/sessions/${id}`, { method: "DELETE", cookie: mine })).status).toBe(404);
    expect(hooks.onSessionRevoked).toHaveBeenCalledWith(
      expect.objectContaining({ sessionIds: [id], reason: "revoked", userId: USER.id }),
    );
  });

  test("ending this very session by its id also clears the cookie", async () => {
    const cookie = await signIn();
    const { id } = await sessionOf(cookie);
    const response = await call(`/auth/sessions/${id}`, { method: "DELETE", cookie });
    expect(response.headers.getSetCookie()[0]).toContain("Max-Age=0");
  });

  test("POST /sessions/revoke-others leaves this one alone", async () => {
    const cookies = [await signIn(), await signIn(), await signIn()] as const;
    const response = await post("/auth/sessions/revoke-others", {}, cookies[1]);
    expect(await response.json()).toEqual({ revoked: 2 });
    expect(await Promise.all(cookies.map(async (cookie) => (await sessionOf(cookie)) !== null))).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("POST /signout revokes, clears and can be repeated (R-S8)", async () => {
    const cookie = await signIn();
    const first = await post("/auth/signout", {}, cookie);
    expect(await first.json()).toEqual({ success: true, revoked: true });
    expect(first.headers.getSetCookie()).toEqual([expect.stringMatching(/auth-session=;.*Max-Age=0/)]);
    expect(await sessionOf(cookie)).toBeNull();
    const again = await post("/auth/signout", {}, cookie);
    expect(await again.json()).toEqual({ success: true, revoked: false });
    expect(again.headers.getSetCookie()[0]).toContain("Max-Age=0");
    expect(hooks.onSignOut).toHaveBeenCalledTimes(1);
  });

  test("a sign-out without a body and content type is accepted", async () => {
    const cookie = await signIn();
    expect(await (await call("/auth/signout", { method: "POST", cookie })).json()).toEqual({
      success: true,
      revoked: true,
    });
  });

  test("POST /session/refresh renews, the token's own end included (B49)", async () => {
    const cookie = await signIn();
    clock.advance(3600);
    const response = await post("/auth/session/refresh", {}, cookie);
    const { session: renewed } = await response.json();
    const [setCookie = ""] = response.headers.getSetCookie();
    expect(renewed.expires).toBe(new Date(clock() + 30 * 86_400_000).toISOString());
    expect(setCookie).toContain("Max-Age=2592000");
    clock.advance(30 * 86_400 - 1);
    expect(await sessionOf(pairOf(setCookie))).not.toBeNull();
    expect(hooks.onSessionRenewed).toHaveBeenCalled();
    expect((await post("/auth/session/refresh")).status).toBe(401);
  });

  test("reading slides the session once renewEvery has passed, and not before (R-S5)", async () => {
    const cookie = await signIn();
    clock.advance(86_399);
    expect((await call("/auth/session", { cookie })).headers.getSetCookie()).toEqual([]);
    clock.advance(1);
    const [renewed = ""] = (await call("/auth/session", { cookie })).headers.getSetCookie();
    expect(renewed).toContain("Max-Age=2592000");
    expect((await call("/auth/session", { cookie: pairOf(renewed) })).headers.getSetCookie()).toEqual([]);
  });

  test("R-S3: a sign-in gives a new token, and the one that came with it dies", async () => {
    const before = await signIn();
    const after = await signIn(before);
    expect(after).not.toBe(before);
    expect(await sessionOf(before)).toBeNull();
    expect(await sessionOf(after)).not.toBeNull();
    expect(hooks.onSessionRevoked).toHaveBeenCalledWith(expect.objectContaining({ reason: "replaced" }));
  });

  test("R-S4: a session id or token that was never issued is not adopted", async () => {
    for (const value of [createId(), "A".repeat(43), "abc", `${"e30"}.${"e30"}.${"A".repeat(43)}`]) {
      const response = await post(
        "/auth/signin/spell",
        { word: "please" },
        `${pairOf(await signIn()).split("=")[0]}=${value}`,
      );
      expect(response.headers.getSetCookie()[0]).not.toContain(`=${value};`);
    }
  });

  test("R-S3: a change of a factor ends the other sessions and gives this one a new token", async () => {
    const [mine, other] = [await signIn(), await signIn()];
    const response = await post("/auth/spell/change", {}, mine);
    expect(await response.json()).toEqual({ success: true });
    const renewed = pairOf(response.headers.getSetCookie()[0] as string);
    expect(await Promise.all([mine, other, renewed].map(async (cookie) => (await sessionOf(cookie)) !== null))).toEqual(
      [false, false, true],
    );
  });

  test.each([
    ["GET", "/auth/sessions"],
    ["DELETE", "/auth/sessions/x"],
    ["POST", "/auth/sessions/revoke-others"],
    ["POST", "/auth/session/refresh"],
    ["POST", "/auth/spell/change"],
  ])('S0.19: %s %s without a session is 401 { "error": "Unauthorized" }', async (method, path) => {
    const response = await call(path, { method });
    expect([response.status, await response.json(), response.headers.get("cache-control")]).toEqual([
      401,
      { error: "Unauthorized" },
      "no-store",
    ]);
  });

  test.each([
    ["GET", "/auth/nothing", 404],
    ["GET", "/auth", 404],
    ["GET", "/authsession", 404],
    ["GET", "/x/auth/session", 404],
    ["GET", "/AUTH/session", 404],
    ["GET", "/auth//session", 404],
    ["GET", "/auth/session/", 404],
    ["GET", "/auth/%73ession", 404],
    ["POST", "/auth/session", 405],
    ["GET", "/auth/signout", 405],
    ["GET", "/auth/signin/spell", 405],
    ["PUT", "/auth/session", 405],
    ["OPTIONS", "/auth/session", 405],
    ["DELETE", "/auth/sessions/%E0%A4%A", 400],
    ["GET", "/auth/sessions/abc", 405],
  ])("B38: %s %s is %i", async (method, path, status) => {
    const response = await call(path, { method });
    expect(response.status).toBe(status);
    expect(Object.keys(await response.json())).toEqual(["error"]);
  });

  test("HEAD answers like GET, without a body", async () => {
    const response = await call("/auth/session", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  test.each([
    ["{", "application/json", 400, "B37: not JSON"],
    ["[]", "application/json", 400, "no object"],
    ['"x"', "application/json", 400, "no object"],
    ["word=please", "text/plain", 415, "R-C12: a type that a foreign form can send"],
    ["word=please", "multipart/form-data; boundary=x", 415, "another such"],
    [JSON.stringify({ word: "x".repeat(70_000) }), "application/json", 413, "too large"],
    [new Uint8Array([0x22, 0xff, 0x22]), "application/json", 400, "not UTF-8"],
  ])("a body of %j as %s is %i: %s", async (body, type, status, _reason) => {
    const response = await call("/auth/signin/spell", { method: "POST", body, headers: { "content-type": type } });
    expect(response.status).toBe(status);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("a body that breaks off is the client's fault", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("ECONNRESET")) });
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "application/json" } };
    const response = await call("/auth/signin/spell", init as RequestInit);
    expect([response.status, (await response.json()).error.code]).toEqual([400, "request_invalid"]);
    expect(hooks.onError).not.toHaveBeenCalled();
  });

  test("R-S15, R-C12, R-C13: what another site sends changes nothing, on every mutation, and is told nothing", async () => {
    const cookie = await signIn();
    const headers = { origin: "https://evil.example", "content-type": "application/json" };
    for (const path of [
      "/auth/signin/spell",
      "/auth/signout",
      "/auth/session/refresh",
      "/auth/sessions/revoke-others",
      "/auth/spell/change",
    ]) {
      const response = await call(path, { method: "POST", body: '{"word":"please"}', headers, cookie });
      expect([response.status, response.headers.getSetCookie()]).toEqual([403, []]);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
    expect(await sessionOf(cookie)).not.toBeNull();
  });

  test("R-S17: a token is read from its cookie and nowhere else", async () => {
    const cookie = await signIn();
    const token = tokenOf(cookie);
    const places: [string, RequestInit & { cookie?: string }][] = [
      [`/auth/session?token=${token}&auth-session=${token}`, {}],
      ["/auth/session", { headers: { authorization: `Bearer ${token}` } }],
      ["/auth/session", { headers: { "x-session": token, "x-auth-session": token } }],
      ["/auth/session", { cookie: `session=${token}; AUTH-SESSION=${token}` }],
    ];
    for (const [path, init] of places) expect((await (await call(path, init)).json()).session).toBeNull();
  });

  test("R-C8, B6: two session cookies with different values are nobody's, with an event", async () => {
    const cookie = await signIn();
    const name = cookie.split("=")[0];
    for (const header of [`${name}=x; ${cookie}`, `${cookie}; ${name}=x`]) expect(await sessionOf(header)).toBeNull();
    expect(hooks.onCookieRejected).toHaveBeenCalledTimes(2);
    expect(await sessionOf(`${cookie}; ${cookie}`)).not.toBeNull();
  });

  test("forms answer 303 to a checked target, errors go to the page that it came from", async () => {
    const submit = (path: string, fields: Record<string, string>, cookie?: string) =>
      call(path, { method: "POST", body: new URLSearchParams(fields), ...(cookie === undefined ? {} : { cookie }) });
    const right = await submit("/auth/signin/spell", { word: "please", callbackUrl: "/devices?x=1" });
    expect([right.status, right.headers.get("location"), right.headers.getSetCookie().length]).toEqual([
      303,
      "/devices?x=1",
      1,
    ]);
    const open = await submit("/auth/signin/spell", { word: "please", callbackUrl: "https://evil.example/" });
    expect(open.headers.get("location")).toBe("/");
    const wrong = await submit("/auth/signin/spell", { word: "no", callbackUrl: "/devices", errorUrl: "/join?plan=a" });
    expect([wrong.status, wrong.headers.get("location")]).toEqual([
      303,
      "/join?plan=a&error=invalid_credentials&callbackUrl=%2Fdevices",
    ]);
    const often = await submit("/auth/signin/spell", { word: "often" });
    expect(often.headers.get("location")).toBe("/login?error=rate_limited&retryAfter=42");
    const hostile = await submit("/auth/signin/spell", { word: "no", errorUrl: "//evil.example" });
    expect(hostile.headers.get("location")).toBe("/login?error=invalid_credentials");
    const out = await submit("/auth/signout", {}, pairOf(right.headers.getSetCookie()[0] as string));
    expect([out.status, out.headers.get("location")]).toEqual([303, "/"]);
  });

  test("a form is read only where one is expected", async () => {
    const cookie = await signIn();
    const response = await call("/auth/session/refresh", {
      method: "POST",
      body: new URLSearchParams({ a: "b" }),
      cookie,
    });
    expect(response.status).toBe(415);
  });

  test("R-L1: errors say a code and a sentence, nothing of what happened inside", async () => {
    const refused = await post("/auth/signin/spell", { word: "no", password: "canary-7731" });
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { error: { code: "invalid_credentials", message: expect.any(String) } },
    ]);
    const broken = await post("/auth/signin/spell", { word: "boom" });
    const body = await broken.text();
    expect([broken.status, body.includes("canary")]).toEqual([500, false]);
    expect(hooks.onError).toHaveBeenCalledWith(expect.objectContaining({ code: "internal" }));
    expect(hooks.onSignInFailed).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ provider: "spell", reason: "invalid_credentials", ipAddress: "203.0.113.9" }),
    );
  });

  test("S0.33: a sign-in from a page on plain http is reported: the browser will drop the Secure cookie", async () => {
    const from = (origin: string) => {
      const request = new Request(`${origin}/auth/signin/spell`, {
        method: "POST",
        body: '{"word":"please"}',
        headers: { "content-type": "application/json", origin },
      });
      return auth.handler(request);
    };
    expect((await from("https://app.example.com")).status).toBe(200);
    expect((await from("http://127.0.0.1:3000")).status).toBe(200);
    expect(hooks.onError).not.toHaveBeenCalled();
    expect((await from("http://app.example.com")).status).toBe(200);
    expect(hooks.onError).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        code: "config_invalid",
        message: expect.stringMatching(/http:\/\/app.example.com is plain http/),
      }),
    );
  });

  test("R-L3: the hooks are told what happened, in order and with reasons", async () => {
    const told: unknown[][] = [];
    const tell = (name: string) => (event: { reason?: string }) =>
      void told.push(event.reason === undefined ? [name] : [name, event.reason]);
    const names = [
      "onSignIn",
      "onSignOut",
      "onSignInFailed",
      "onSessionRevoked",
      "onSessionRenewed",
      "onCookieRejected",
      "onPasswordChanged",
    ] as const;
    const scripted = Object.fromEntries(names.map((name) => [name, tell(name)]));
    auth = Object.assign(
      createAuth({
        secret: SECRET,
        adapter: auth.adapter,
        provider: spell,
        clock,
        session: { ...session, max: 2 },
        hooks: scripted,
      }),
      { adapter: auth.adapter },
    );

    await post("/auth/signin/spell", { word: "no" });
    const first = await signIn();
    clock.advance(1);
    const second = await signIn();
    clock.advance(1);
    const third = await signIn();
    expect(await sessionOf(first)).toBeNull();
    clock.advance(86_400);
    const [renewed = ""] = (await call("/auth/session", { cookie: third })).headers.getSetCookie();
    const replacing = await signIn(pairOf(renewed));
    await post("/auth/sessions/revoke-others", {}, replacing);
    expect(await sessionOf(second)).toBeNull();
    await sessionOf(`${replacing}; ${replacing}x`);
    const changed = await post("/auth/spell/change", {}, replacing);
    await post("/auth/signout", {}, pairOf(changed.headers.getSetCookie()[0] as string));

    expect(told.filter(([name]) => name !== "onPasswordChanged")).toEqual([
      ["onSignInFailed", "invalid_credentials"],
      ["onSignIn"],
      ["onSignIn"],
      ["onSessionRevoked", "evicted"],
      ["onSignIn"],
      ["onSessionRenewed"],
      ["onSessionRevoked", "replaced"],
      ["onSignIn"],
      ["onSessionRevoked", "revoked"],
      ["onCookieRejected", "conflicting"],
      ["onSignOut"],
    ]);
  });

  test("R-S9: a disabled user is out on the next request, and cannot come in", async () => {
    const cookie = await signIn();
    await auth.adapter.updateUser(USER.id, { disabledAt: new Date() });
    expect(await sessionOf(cookie)).toBeNull();
    await expect(auth.sessions.createSession(USER.id, requestTo("/"))).rejects.toMatchObject({ code: "user_disabled" });
  });

  test("R-S11: an administrator ends one session, or all of a user", async () => {
    const cookies = [await signIn(), await signIn(), await signIn()] as const;
    const { id } = await sessionOf(cookies[0]);
    expect(await auth.sessions.revokeSession(id)).toBe(true);
    expect(await auth.sessions.revokeSession(id)).toBe(false);
    expect(await auth.sessions.revokeUserSessions(USER.id)).toBe(2);
    expect(await Promise.all(cookies.map(sessionOf))).toEqual([null, null, null]);
  });

  test("R-S6: no renewal goes past the absolute limit", async () => {
    auth = Object.assign(
      createAuth({
        secret: SECRET,
        adapter: auth.adapter,
        provider: spell,
        clock,
        session: { ...session, expiresIn: "1d", absoluteTimeout: "2d" },
      }),
      { adapter: auth.adapter },
    );
    let cookie = await signIn();
    const signedInAt = clock.seconds();
    while (clock.seconds() < signedInAt + 2 * 86_400 - 3600) {
      clock.advance(3600);
      const [renewed = cookie] = (await call("/auth/session", { cookie })).headers.getSetCookie();
      cookie = pairOf(renewed);
      expect(await sessionOf(cookie)).not.toBeNull();
    }
    clock.advance(3600);
    expect(await sessionOf(cookie)).toBeNull();
  });

  test.each(["aal2", "aal3"] as const)("R-S5, R-S7: %s ends exactly after its idle time", async (preset) => {
    const idle = { aal2: 3600, aal3: 900 }[preset];
    auth = Object.assign(
      createAuth({ secret: SECRET, adapter: auth.adapter, provider: spell, clock, session: { ...session, preset } }),
      { adapter: auth.adapter },
    );
    let cookie = await signIn();
    for (let round = 0; round < 3; round++) {
      clock.advance(idle - 1);
      const [slid = ""] = (await call("/auth/session", { cookie })).headers.getSetCookie();
      expect(slid).toContain(`Max-Age=${idle}`);
      cookie = pairOf(slid);
    }
    clock.advance(idle + 1);
    expect(await sessionOf(cookie)).toBeNull();
  });
});

describe("R-T6: iss and aud, once set, are required at every read", () => {
  const user = { id: "user-1" };
  const config = (issuer?: string, audience?: string): AuthConfig => ({
    secret: SECRET,
    session: { ...(issuer && { issuer }), ...(audience && { audience }) },
  });
  const cookieOf = (source: AuthConfig) =>
    pairOf(createSessionCookie({ user, expires: new Date(Date.now() + 60_000) }, source));
  const strict = config("https://a.example", "app-a");

  test.each([
    [strict, true, "its own"],
    [config(), false, "neither"],
    [config("https://a.example"), false, "no audience"],
    [config("https://b.example", "app-a"), false, "another issuer"],
    [config("https://a.example", "app-b"), false, "another audience"],
    [config("https://a.example/", "app-a"), false, "an issuer that only looks alike"],
  ] as const)("%# → %s: %s", async (maker, accepted, _reason) => {
    const session = await getSession(requestTo("/", { cookie: cookieOf(maker) }), strict);
    expect(session !== null).toBe(accepted);
  });

  test("an audience may be a member of an array, whole", async () => {
    const sign = (aud: unknown) => {
      const now = Math.floor(Date.now() / 1000);
      return signJwt({ user, iat: now, exp: now + 60, iss: "https://a.example", aud }, createKeyring(SECRET));
    };
    const read = (aud: unknown) => getSession(requestTo("/", { cookie: `auth-session=${sign(aud)}` }), strict);
    expect(await read(["x", "app-a"])).not.toBeNull();
    for (const aud of [["x"], ["app-a2"], [["app-a"]], { "app-a": 1 }, "app-a app-b", null])
      expect(await read(aud)).toBeNull();
  });
});
