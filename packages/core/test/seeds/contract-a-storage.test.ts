/** CONTRACT A, lines 44–65: storage, session types, names, by their number. What is elsewhere: see `contract-a-lifecycle.test.ts`. */
import { createAuth, createSessionCookie, DEFAULTS, SCHEMA } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test } from "vitest";
import {
  ask,
  callback,
  cookiePair,
  DATABASE,
  DAY,
  google,
  HOUR,
  JOHN,
  JWT,
  maxAgeOf,
  ORIGIN,
  openApp,
  PROFILE,
  SECRET,
  SETTINGS,
  START,
  STATEFUL,
  signIn,
} from "./app.js";

describe("Storage", () => {
  test("S0.44: without an adapter a token lives until it expires, and sign-out says so", async () => {
    const { auth, signIn } = openApp();
    const cookie = await signIn();
    expect((await auth.signOut(ask(cookie))).revoked).toBe(false);
    expect(await auth.getSession(ask(cookie))).not.toBeNull();
    await expect(auth.sessions.revokeUserSessions(JOHN.id)).rejects.toMatchObject({ code: "adapter_required" });
  });

  test.each(STATEFUL)("S0.45: with an adapter sessions are tracked and revoked ($name)", async (setting) => {
    const { auth, signIn } = openApp(setting);
    const cookie = await signIn();
    const { id, user } = (await auth.getSession(ask(cookie))) ?? { id: "", user: JOHN };
    expect(await auth.sessions.listSessions(user.id)).toMatchObject([{ id, userId: user.id }]);
    expect(await auth.sessions.revokeSession(id)).toBe(true);
    expect(await auth.getSession(ask(cookie))).toBeNull();
  });

  test.each(STATEFUL)(
    "S0.46: rows deleted past the SDK sign the user out on the next request ($name)",
    async (setting) => {
      const { auth, adapter, signIn } = openApp(setting);
      const cookie = await signIn();
      const session = await auth.getSession(ask(cookie));
      await adapter.deleteUserSessions(session?.user.id ?? "");
      expect(await auth.getSession(ask(cookie))).toBeNull();
      expect((await auth.renewSession(ask(cookie))).session).toBeNull();
      expect(await auth.sessions.refreshSession(ask(cookie))).toBeNull();
    },
  );

  test("S0.47: the sessions table has the columns that S0's query names", () => {
    expect(Object.keys(SCHEMA.sessions.columns)).toEqual(
      expect.arrayContaining(["id", "userId", "expires", "createdAt", "updatedAt", "userAgent"]),
    );
  });

  test.each(STATEFUL)("S0.47: the list holds what has not expired, newest first ($name)", async (setting) => {
    const { auth, clock } = openApp(setting);
    await signIn(auth, { "user-agent": "First" });
    clock.advance(20 * DAY);
    await signIn(auth, { "user-agent": "Second" });
    clock.advance(HOUR);
    const session = await auth.getSession(ask(await signIn(auth, { "user-agent": "Third" })));
    const userAgents = async () =>
      (await auth.sessions.listSessions(session?.user.id ?? "")).map(({ userAgent }) => userAgent);
    expect(await userAgents()).toEqual(["Third", "Second", "First"]);
    clock.advance(10 * DAY);
    expect(await userAgents()).toEqual(["Third", "Second"]);
  });

  test.each(STATEFUL)(
    "S0.48: updatedAt moves with activity, and a row is revoked by its id ($name)",
    async (setting) => {
      const { auth, clock, signIn } = openApp(setting);
      const cookie = await signIn();
      const session = await auth.getSession(ask(cookie));
      const listed = async () => (await auth.sessions.listSessions(session?.user.id ?? ""))[0];
      expect((await listed())?.updatedAt).toEqual(new Date(START));

      clock.advance(2 * DAY);
      const { cookies } = await auth.renewSession(ask(cookie));
      expect((await listed())?.updatedAt).toEqual(new Date(START + 2 * DAY * 1000));
      expect(await auth.sessions.revokeSession((await listed())?.id ?? "")).toBe(true);
      expect(await auth.getSession(ask(cookiePair(cookies[0])))).toBeNull();
    },
  );

  test("S0.49: a config is { secret, provider, adapter?, callbacks? }", async () => {
    const config = {
      secret: SECRET,
      provider: google({}),
      adapter: memoryAdapter(),
      callbacks: { jwt: () => ({ a: 1 }) },
    };
    const auth = createAuth(config);
    expect(await auth.getSession(ask(await signIn(auth)))).toMatchObject({ type: "oauth", a: 1 });
    expect(() => createAuth({ ...config, providers: [google()] })).toThrow("google");
  });
});

describe("Session types", () => {
  test.each(SETTINGS)(
    "S0.50: a standard session is { id, type, user, expires } and nothing else ($name)",
    async (setting) => {
      const { auth, signIn } = openApp(setting);
      expect(await auth.getSession(ask(await signIn()))).toEqual({
        id: expect.stringMatching(/^[\w-]{24}$/),
        type: "oauth",
        user: { ...JOHN, id: setting.stateful ? expect.any(String) : PROFILE.providerAccountId },
        expires: new Date(START + 30 * DAY * 1000).toISOString(),
      });
    },
  );

  test("S0.51: nobody makes an agent's session out of a hand-made one", () => {
    const made = { type: "mcp-agent", user: JOHN, expires: new Date(Date.now() + HOUR * 1000) };
    expect(() => createSessionCookie(made, SECRET)).toThrow("agent");
  });

  test.each([
    [60 * 60 * 24 * 30, 2_592_000],
    [60 * 60, 3600],
    ["15m", 900],
    ["30d", 2_592_000],
    ["8h", 28_800],
    ["90s", 90],
    ["2w", 1_209_600],
  ])("S0.52: expiresIn %j is %i seconds", async (expiresIn, seconds) => {
    const answer = await openApp(JWT, { session: { expiresIn } }).auth.handler(callback());
    expect(answer.headers.getSetCookie().map(maxAgeOf)).toEqual([seconds]);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "", "15", "15 m", "-1d", "1y", "401d"])(
    "S0.52: expiresIn %j is refused by name",
    (expiresIn) => {
      expect(() => createAuth({ secret: SECRET, session: { expiresIn } })).toThrow("session.expiresIn");
    },
  );
});

describe("Referenced by name", () => {
  test("S0.59: GET /session answers { session }, and null to a stranger", async () => {
    const { auth, signIn } = openApp();
    const cookie = await signIn();
    const read = async (request: Request) => (await auth.handler(request)).json();
    expect(await read(ask(cookie, "/auth/session"))).toEqual({ session: await auth.getSession(ask(cookie)) });
    expect(await read(ask(undefined, "/auth/session"))).toEqual({ session: null });
  });

  test("S0.59: POST /signout answers success; a GET signs nobody out", async () => {
    const { auth, signIn } = openApp(DATABASE);
    const cookie = await signIn();
    expect((await auth.handler(ask(cookie, "/auth/signout"))).status).toBe(405);
    expect(await auth.getSession(ask(cookie))).not.toBeNull();
    const answer = await auth.handler(ask(cookie, "/auth/signout", { method: "POST" }));
    expect(await answer.json()).toMatchObject({ success: true });
  });

  test("S0.59: basePath, successRedirect and errorRedirect are options", async () => {
    const paths = { basePath: "/api/auth", successRedirect: "/dashboard", errorRedirect: "/sign-in" };
    const { auth } = openApp(JWT, paths);
    const session = await auth.handler(ask(undefined, "/api/auth/session"));
    const signOut = await auth.handler(form("/api/auth/signout"));
    const failed = await auth.handler(form("/api/auth/sessions/revoke-others"));
    expect(session.status).toBe(200);
    expect([signOut.status, signOut.headers.get("location")]).toEqual([303, "/dashboard"]);
    expect([failed.status, failed.headers.get("location")]).toEqual([303, "/sign-in?error=unauthorized"]);
    expect((await auth.handler(ask(undefined, "/auth/session"))).status).toBe(404);
  });

  test("S0.62: an adapter without one of the contract's methods is refused at start, by name", () => {
    const whole = memoryAdapter();
    const without = (name: string) =>
      new Proxy(whole, { get: (target, key) => (key === name ? undefined : Reflect.get(target, key)) });
    const promised = [
      "createSession",
      "getSession",
      "updateSession",
      "deleteSession",
      "createUser",
      "getUser",
      "getUserByEmail",
    ];
    promised.push("updateUser", "createAccount", "getAccount", "deleteAccount", "deleteUserSessions", "deleteExpired");
    for (const name of promised)
      expect(() => createAuth({ secret: SECRET, adapter: without(name) })).toThrow(`adapter.${name}`);
  });

  test("S0.63: the tables have S0's columns and keys", () => {
    const { sessions, users, accounts } = SCHEMA;
    expect(sessions.unique).toContainEqual(["tokenHash"]);
    expect(sessions.indexes).toEqual(expect.arrayContaining([["userId"], ["expires"]]));
    expect(users.columns.id.kind).toBe("id");
    expect([users.columns.name.nullable, users.columns.picture.nullable]).toEqual([true, true]);
    expect(accounts.unique).toContainEqual(["provider", "providerAccountId"]);
    expect([accounts.columns.accessToken.nullable, accounts.columns.refreshToken.nullable]).toEqual([true, true]);
  });

  test("S0.65: the name of the session cookie is an exported constant", async () => {
    expect(await openApp().signIn()).toContain(`${DEFAULTS.cookieName}=`);
    expect(DEFAULTS.cookieName).toBe("auth-session");
  });
});

/** A form that a page of the app posts. */
function form(path: string): Request {
  const headers = { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded" };
  return new Request(ORIGIN + path, { method: "POST", body: "", headers });
}
