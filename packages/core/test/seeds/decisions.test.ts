/**
 * The decisions of CONTRACT that concern core, by their number.
 *
 * Elsewhere: bounded staleness (decision 7), agents' tokens (9), second factors (10), React (11), magic links (12), localised
 * messages (14).
 */
import {
  type AuthConfig,
  clearSessionCookie,
  createAuth,
  createSessionCookie,
  DEFAULTS,
  getSession,
  type Source,
  signOut,
} from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test } from "vitest";
import {
  ask,
  callback,
  cookiePair,
  cookieParts,
  DATABASE,
  DAY,
  google,
  HOUR,
  handMade,
  JOHN,
  JWT,
  JWT_WITH_ROW,
  maxAgeOf,
  OTHER_SECRET,
  openApp,
  PROFILE,
  payloadOf,
  SECRET,
  SETTINGS,
  START,
  STATEFUL,
  signIn,
  tokenOf,
} from "./app.js";

const inAnHour = () => new Date(Date.now() + HOUR * 1000);

describe("decision 1: one engine", () => {
  const config: AuthConfig = { secret: SECRET };
  const sources: [string, Source][] = [
    ["a secret", SECRET],
    ["a list of secrets", [SECRET, OTHER_SECRET]],
    ["a config", config],
    ["an Auth", createAuth(config)],
  ];

  test.each(sources)(
    "decision 1: the functions take %s, and read what any other source signed",
    async (_name, source) => {
      for (const [, other] of sources) {
        const request = ask(cookiePair(createSessionCookie({ user: JOHN, expires: inAnHour() }, other)));
        expect(await getSession(request, source)).toMatchObject({ user: JOHN });
        expect(await signOut(request, source)).toEqual({ cookies: [clearSessionCookie(source)], revoked: false });
      }
    },
  );

  test("decision 1: of several secrets the first signs and all verify", async () => {
    const old = ask(cookiePair(createSessionCookie({ user: JOHN, expires: inAnHour() }, OTHER_SECRET)));
    const recent = ask(cookiePair(createSessionCookie({ user: JOHN, expires: inAnHour() }, [SECRET, OTHER_SECRET])));
    expect(await getSession(old, [SECRET, OTHER_SECRET])).not.toBeNull();
    expect(await getSession(old, SECRET)).toBeNull();
    expect(await getSession(recent, SECRET)).not.toBeNull();
    expect(await getSession(recent, OTHER_SECRET)).toBeNull();
  });

  test.each(SETTINGS)("decision 1: functions and Auth agree ($name)", async (setting) => {
    const { auth, config, signIn } = openApp(setting);
    const request = ask(await signIn());
    const session = await auth.getSession(request);
    expect(session).not.toBeNull();
    expect(await getSession(request, config)).toEqual(session);
    expect(await getSession(request, auth)).toEqual(session);
  });
});

test("decision 2: createSessionCookie refuses what cannot be signed without a wait", () => {
  const session = { user: JOHN, expires: new Date(START + HOUR * 1000) };
  const signing = (setting: (typeof SETTINGS)[number]) => () => createSessionCookie(session, openApp(setting).auth);
  expect(signing(JWT_WITH_ROW)).not.toThrow();
  for (const setting of [DATABASE, { ...JWT, session: { encrypt: true } }])
    expect(signing(setting)).toThrow(expect.objectContaining({ code: "config_invalid" }));
});

describe("decision 3: two shapes, and neither has the token", () => {
  test.each(SETTINGS)(
    "decision 3: auth.getSession is public JSON, auth.sessions.getSession the records ($name)",
    async (setting) => {
      const { auth, signIn } = openApp(setting);
      const request = ask(await signIn());
      const session = await auth.getSession(request);
      const records = await auth.sessions.getSession(request);
      expect(JSON.parse(JSON.stringify(session))).toEqual(session);
      expect(records?.session.expires).toEqual(new Date(session?.expires ?? ""));
      expect(records?.session.id).toBe(session?.id);
    },
  );

  test.each(SETTINGS)("decision 3: only createSession returns the token ($name)", async (setting) => {
    const { auth, adapter } = openApp(setting);
    await adapter.createUser({ ...JOHN, createdAt: new Date(START), updatedAt: new Date(START) });
    const { session, cookie } = await auth.sessions.createSession(JOHN, ask());
    expect(tokenOf(cookie)).toBe(session.token);

    const request = ask(cookiePair(cookie));
    const refreshed = await auth.sessions.refreshSession(request);
    const answers = [
      await auth.getSession(request),
      await auth.sessions.getSession(request),
      refreshed?.session,
      setting.stateful && (await auth.sessions.listSessions(JOHN.id)),
      await (await auth.handler(ask(cookiePair(cookie), "/auth/session"))).json(),
    ];
    expect(JSON.stringify(answers)).not.toMatch(/"token/);
    for (const secret of [session.token, tokenOf(refreshed?.cookie)])
      expect(JSON.stringify(answers)).not.toContain(secret);
  });
});

describe("decision 4: 30 days, one name, one set of attributes", () => {
  test.each(SETTINGS)("decision 4: cookie, session and row of a sign-in last 30 days ($name)", async (setting) => {
    const { auth, adapter } = openApp(setting);
    const [setCookie = ""] = (await auth.handler(callback())).headers.getSetCookie();
    const session = await auth.getSession(ask(cookiePair(setCookie)));
    expect([maxAgeOf(setCookie), DEFAULTS.expiresIn]).toEqual([30 * DAY, 30 * DAY]);
    expect(session?.expires).toBe(new Date(START + 30 * DAY * 1000).toISOString());
    const row = await adapter.getSession({ id: session?.id ?? "" });
    if (setting.stateful) expect(row?.session.expires.toISOString()).toBe(session?.expires);
  });

  test.each([
    [{}, "auth-session=x; Path=/; HttpOnly; Secure; SameSite=Lax"],
    [{ prefix: "host" }, "__Host-auth-session=x; Path=/; HttpOnly; Secure; SameSite=Lax"],
    [
      { prefix: "secure", domain: "app.example" },
      "__Secure-auth-session=x; Domain=app.example; Path=/; HttpOnly; Secure; SameSite=Lax",
    ],
    [{ path: "/app", partitioned: true }, "auth-session=x; Path=/app; HttpOnly; Secure; SameSite=Lax; Partitioned"],
    [{ httpOnly: false, secure: false, sameSite: "strict" }, "auth-session=x; Path=/; SameSite=Strict"],
  ] as const)("decision 4: cookieOptions %j → %s", async (cookieOptions, printed) => {
    const { auth } = openApp(JWT, { session: { cookieOptions } });
    const [setCookie = ""] = (await auth.handler(callback())).headers.getSetCookie();
    const plain = setCookie.replace(tokenOf(setCookie), "x");
    expect(cookieParts(plain)).toEqual(cookieParts(`${printed}; Max-Age=2592000`));
  });

  test.each(SETTINGS)(
    "decision 4: older cookie names are read during a migration, and not without being named ($name)",
    async (setting) => {
      const { auth, config, signIn } = openApp(setting, { session: { cookieName: "old-session" } });
      const cookie = (await signIn()).replace(/^__Host-/, "");
      const without = { ...config.session, cookieName: "auth-session" };
      const migrating = createAuth({ ...config, session: { ...without, acceptCookieNames: ["old-session"] } });
      expect(await migrating.getSession(ask(cookie))).toMatchObject({ user: { email: JOHN.email } });
      expect(await createAuth({ ...config, session: without }).getSession(ask(cookie))).toBeNull();
      expect(await auth.getSession(ask(cookie))).toEqual(
        "prefix" in (setting.session.cookieOptions ?? {}) ? null : expect.anything(),
      );
    },
  );
});

describe("decision 5: claims", () => {
  test("decision 5: a token has sub, sid, type, user, iat, exp, and the app's own at top level", async () => {
    const { auth, signIn } = openApp(JWT, { callbacks: { jwt: () => ({ role: "admin" }) } });
    const cookie = await signIn();
    expect(payloadOf(tokenOf(cookie))).toEqual({
      sub: PROFILE.providerAccountId,
      sid: (await auth.getSession(ask(cookie)))?.id,
      type: "oauth",
      user: { ...JOHN, id: PROFILE.providerAccountId },
      iat: START / 1000,
      exp: START / 1000 + 30 * DAY,
      auth_time: START / 1000,
      role: "admin",
    });
  });

  test("decision 5: a hand-made token with just user, iat and exp is accepted, with an id of its own", async () => {
    const { auth } = openApp();
    const claims = { user: { id: "user-123" }, iat: START / 1000, exp: START / 1000 + HOUR };
    const request = ask(`auth-session=${await handMade(claims)}`);
    const session = await auth.getSession(request);
    expect(session).toMatchObject({ user: { id: "user-123" }, expires: new Date(START + HOUR * 1000).toISOString() });
    expect(session?.id).toMatch(/^[\w-]{24}$/);
    expect((await auth.getSession(request))?.id).toBe(session?.id);
  });

  test("decision 5: callbacks.jwt cannot make the session another user's, another's id or another type", async () => {
    const forged = { sub: "root", sid: "fixed", type: "mcp-agent", user: { id: "root" }, iat: 0, auth_time: 0 };
    for (const setting of SETTINGS) {
      const { auth, signIn } = openApp(setting, { callbacks: { jwt: () => forged } });
      const session = await auth.getSession(ask(await signIn()));
      expect(session).toMatchObject({ type: "oauth", user: { email: JOHN.email } });
      expect(["root", "fixed"]).not.toContain(session?.id);
      expect(session?.user.id).not.toBe("root");
    }
  });
});

describe("decision 6: names", () => {
  test("decision 6: provider is shorthand for providers", async () => {
    const long = createAuth({ secret: SECRET, providers: [google()] });
    const short = createAuth({ secret: SECRET, provider: google() });
    for (const auth of [long, short]) expect((await auth.handler(callback())).headers.get("location")).toBe("/");
  });

  test.each(SETTINGS)(
    "decision 6: type is the method of sign-in, picture and expires are the field names ($name)",
    async (setting) => {
      const { auth, signIn } = openApp(setting);
      const session = await auth.getSession(ask(await signIn()));
      expect(session).toMatchObject({ type: "oauth", user: { picture: JOHN.picture }, expires: expect.any(String) });
    },
  );
});

describe("decision 7: strategy", () => {
  test("decision 7: jwt without an adapter, database with one", async () => {
    expect(tokenOf(await signIn(createAuth({ secret: SECRET, provider: google() })))).toContain(".");
    const stateful = createAuth({ secret: SECRET, provider: google(), adapter: memoryAdapter() });
    expect(tokenOf(await signIn(stateful))).not.toContain(".");
    expect(() => createAuth({ secret: SECRET, session: { strategy: "database" } })).toThrow("adapter");
  });

  test.each(STATEFUL)(
    "decision 7: with an adapter a row is written, and each read asks for it with one query ($name)",
    async (setting) => {
      const { auth, calls, signIn } = openApp(setting);
      const cookie = await signIn();
      expect(calls.filter(({ method }) => method === "createSession")).toHaveLength(1);
      for (let read = 1; read <= 3; read++) {
        calls.length = 0;
        expect(await auth.getSession(ask(cookie))).not.toBeNull();
        expect(calls.map(({ method }) => method)).toEqual(["getSession"]);
      }
    },
  );
});

describe("decision 8: revoke by id", () => {
  test.each(STATEFUL)("decision 8: deleteSession signs out this browser alone ($name)", async (setting) => {
    const { auth } = openApp(setting);
    const [here, there] = [await signIn(auth), await signIn(auth)];
    await auth.sessions.deleteSession(ask(here));
    expect(await auth.getSession(ask(here))).toBeNull();
    expect(await auth.getSession(ask(there))).not.toBeNull();
  });

  test.each(STATEFUL)("decision 8: revokeUserSessions spares the one named by except ($name)", async (setting) => {
    const { auth } = openApp(setting);
    const [here, there] = [await signIn(auth), await signIn(auth)];
    const session = await auth.getSession(ask(here));
    const { id, user } = session ?? { id: "", user: JOHN };
    expect(await auth.sessions.revokeUserSessions(user.id, { except: id })).toBe(1);
    expect(await auth.getSession(ask(there))).toBeNull();
    expect(await auth.getSession(ask(here))).toEqual(session);
  });

  test.each(STATEFUL)(
    "decision 8: revokeSession with a user ends only that user's session ($name)",
    async (setting) => {
      const { auth } = openApp(setting);
      const cookie = await signIn(auth);
      const { id, user } = (await auth.getSession(ask(cookie))) ?? { id: "", user: JOHN };
      expect(await auth.sessions.revokeSession(id, { userId: "somebody else" })).toBe(false);
      expect(await auth.getSession(ask(cookie))).not.toBeNull();
      expect(await auth.sessions.revokeSession(id, { userId: user.id })).toBe(true);
      expect(await auth.sessions.revokeSession(id, { userId: user.id })).toBe(false);
    },
  );
});
