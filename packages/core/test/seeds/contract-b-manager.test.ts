/** CONTRACT B, lines 79–97: what SessionManager does, by number. What is elsewhere: see `contract-b.test.ts`. */
import { type AuthConfig, AuthError, clearSessionCookie, createAuth } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test } from "vitest";
import {
  type App,
  appOfJohn,
  ask,
  callback,
  cookiePair,
  DATABASE,
  DAY,
  HOUR,
  JOHN,
  JOHNS_ROW,
  JWT,
  maxAgeOf,
  openApp,
  PROFILE,
  provider,
  SETTINGS,
  START,
  STATEFUL,
  sessionOfJohn,
  signIn,
  tokenOf,
} from "./app.js";

describe("Creating sessions", () => {
  test.each(["phone", "email", "password", "oauth"])(
    "S1.79: a success of type %s starts a session by itself",
    async (type) => {
      for (const setting of SETTINGS) {
        const { auth } = openApp(setting, { provider: provider("way-in", type) });
        expect(await auth.getSession(ask(await signIn(auth, {}, "way-in")))).toMatchObject({ type });
      }
    },
  );

  test.each(STATEFUL)(
    "S1.80: createSession makes token, row with device and address, and cookie ($name)",
    async (setting) => {
      const app = await appOfJohn(setting);
      const request = ask(undefined, "/", { headers: { "user-agent": "Laptop" } });
      const options = { type: "password", ipAddress: "192.0.2.7" };
      const { session, cookie } = await app.auth.sessions.createSession(JOHN.id, request, options);
      const stored = await app.adapter.getSession({ id: session.id });
      expect(stored?.session).toMatchObject({
        userId: JOHN.id,
        type: "password",
        ipAddress: "192.0.2.7",
        userAgent: "Laptop",
        createdAt: new Date(START),
        expires: new Date(START + 30 * DAY * 1000),
      });
      expect([maxAgeOf(cookie), tokenOf(cookie)]).toEqual([30 * DAY, session.token]);
    },
  );

  test("S1.80: tokens are random: 500 of them have no two alike, and no common part", async () => {
    const app = await appOfJohn(DATABASE);
    const tokens = new Set<string>();
    for (let made = 0; made < 500; made++) tokens.add((await sessionOfJohn(app)).session.token);
    expect(tokens.size).toBe(500);
    const [first = ""] = tokens;
    for (let at = 0; at < first.length; at++)
      expect(new Set([...tokens].map((token) => token[at])).size).toBeGreaterThan(8);
  });

  test("S1.80: an id is refused where no database can say whose it is, and where there is no such user", async () => {
    const creating = (app: App) => app.auth.sessions.createSession("nobody", ask());
    await expect(creating(openApp(JWT))).rejects.toMatchObject({ code: "adapter_required" });
    await expect(creating(openApp(DATABASE))).rejects.toMatchObject({ code: "user_not_found" });
  });
});

describe("Reading sessions", () => {
  test.each(STATEFUL)("S1.81: getSession returns { user, session }, the records ($name)", async (setting) => {
    const app = await appOfJohn(setting);
    const { request, session } = await sessionOfJohn(app);
    const found = await app.auth.sessions.getSession(request);
    expect(Object.keys(found ?? {}).sort()).toEqual(["session", "user"]);
    expect(found?.user).toEqual(await app.adapter.getUser(JOHN.id));
    const { token, ...record } = session;
    expect(found?.session).toEqual(record);
  });

  test.each(STATEFUL)("S1.81: a user who is disabled or gone has no session ($name)", async (setting) => {
    const app = await appOfJohn(setting);
    const { request } = await sessionOfJohn(app);
    await app.adapter.updateUser(JOHN.id, { disabledAt: new Date(START) });
    expect(await app.auth.sessions.getSession(request)).toBeNull();
    await app.adapter.updateUser(JOHN.id, { disabledAt: null });
    expect(await app.auth.sessions.getSession(request)).not.toBeNull();
    await app.adapter.deleteUser(JOHN.id);
    expect(await app.auth.sessions.getSession(request)).toBeNull();
  });

  test.each(STATEFUL)("S1.81: the row's end is checked, whatever the token says ($name)", async (setting) => {
    const app = await appOfJohn(setting);
    const { request, session } = await sessionOfJohn(app);
    await app.adapter.updateSession(session.id, { expires: new Date(START + HOUR * 1000) });
    app.clock.advance(HOUR - 1);
    expect(await app.auth.getSession(request)).not.toBeNull();
    app.clock.advance(1);
    expect(await app.auth.getSession(request)).toBeNull();
  });
});

describe("Revoking sessions", () => {
  test.each(STATEFUL)(
    "S1.82: deleteSession(request) revokes and returns the clearing cookie ($name)",
    async (setting) => {
      const app = await appOfJohn(setting);
      const { request, session } = await sessionOfJohn(app);
      expect(await app.auth.sessions.deleteSession(request)).toBe(clearSessionCookie(app.auth));
      expect(await app.adapter.getSession({ id: session.id })).toBeNull();
      expect(await app.auth.getSession(request)).toBeNull();
    },
  );

  test.each(STATEFUL)("S1.83: all sessions of a user end at once, and nobody else's ($name)", async (setting) => {
    const app = await appOfJohn(setting);
    const [laptop, phone] = [await sessionOfJohn(app), await sessionOfJohn(app)];
    await app.adapter.createUser({ ...JOHNS_ROW, id: "user-2", email: "other@example.com" });
    const other = await app.auth.sessions.createSession("user-2", ask());

    expect(await app.auth.sessions.revokeUserSessions(JOHN.id)).toBe(2);
    for (const { request } of [laptop, phone]) expect(await app.auth.getSession(request)).toBeNull();
    expect(await app.auth.getSession(ask(cookiePair(other.cookie)))).not.toBeNull();
  });

  test.each(STATEFUL)(
    "S1.84: the record has id, userId, expires, ipAddress, userAgent, createdAt ($name)",
    async (setting) => {
      const app = await appOfJohn(setting);
      const { request } = await sessionOfJohn(app, { "user-agent": "Laptop" });
      const { session } = (await app.auth.sessions.getSession(request)) ?? {};
      expect(session).toMatchObject({
        id: expect.any(String),
        userId: JOHN.id,
        expires: expect.any(Date),
        ipAddress: null,
        userAgent: "Laptop",
        createdAt: expect.any(Date),
      });
      expect(session).not.toHaveProperty("token");
      expect(session).not.toHaveProperty("tokenHash");
    },
  );
});

describe("Configuration and use", () => {
  test("S1.85: 32 random bytes as hex are a secret", async () => {
    const hex = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
    const auth = createAuth({ secret: hex });
    const { cookie } = await auth.sessions.createSession(JOHN, ask());
    expect(await auth.getSession(ask(cookiePair(cookie)))).not.toBeNull();
  });

  test.each(SETTINGS)("S1.86: sessions end by expiresIn, 30 days unless configured ($name)", async (setting) => {
    for (const [session, seconds] of [
      [{}, 30 * DAY],
      [{ expiresIn: "1h" }, HOUR],
    ] as const) {
      const { auth, clock } = openApp(setting, { session });
      const [setCookie = ""] = (await auth.handler(callback())).headers.getSetCookie();
      expect(maxAgeOf(setCookie)).toBe(seconds);
      clock.advance(seconds - 1);
      expect(await auth.getSession(ask(cookiePair(setCookie)))).not.toBeNull();
      clock.advance(1);
      expect(await auth.getSession(ask(cookiePair(setCookie)))).toBeNull();
    }
  });

  test.each(STATEFUL)(
    "S1.87: address and user agent are captured, and GET /sessions displays them ($name)",
    async (setting) => {
      const app = openApp(setting);
      const { auth } = app;
      const chrome = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36";
      const laptop = await signIn(auth, { "user-agent": chrome });
      const answer = await auth.handler(callback({ "user-agent": "Phone" }), { ipAddress: "192.0.2.7" });
      const phone = cookiePair(answer.headers.getSetCookie()[0]);

      const { sessions } = await (await auth.handler(ask(phone, "/auth/sessions"))).json();
      expect(sessions).toHaveLength(2);
      expect(sessions).toContainEqual(
        expect.objectContaining({ userAgent: "Phone", ipAddress: "192.0.2.7", current: true }),
      );
      expect(sessions).toContainEqual(
        expect.objectContaining({ device: "Chrome on Windows", userAgent: chrome, ipAddress: null, current: false }),
      );
      expect(JSON.stringify(sessions)).not.toContain(tokenOf(laptop));
    },
  );

  test.each(STATEFUL)(
    "S1.89: a session of one way in works beside one of another, in one database ($name)",
    async (setting) => {
      const providers = [provider("first", "oauth"), provider("second", "email", { email: "b@example.com" })];
      const adapter = memoryAdapter();
      const [one, two] = [
        openApp(setting, { adapter, provider: providers[0] }),
        openApp(setting, { adapter, provider: providers[1] }),
      ];
      const cookies = [await signIn(one.auth, {}, "first"), await signIn(two.auth, {}, "second")];
      for (const { auth } of [one, two]) {
        const types = await Promise.all(cookies.map(async (cookie) => (await auth.getSession(ask(cookie)))?.type));
        expect(types).toEqual(["oauth", "email"]);
      }
    },
  );
});

describe("Referenced by name", () => {
  test("S1.90: createAuth returns handler, getSession and the session manager", async () => {
    const { auth } = openApp();
    expect((await auth.handler(ask(undefined, "/auth/session"))).status).toBe(200);
    expect(await auth.getSession(ask())).toBeNull();
    expect(await auth.sessions.getSession(ask())).toBeNull();
  });

  test.each([
    ["GET", "/auth/session", ["POST", "DELETE"]],
    ["POST", "/auth/session/refresh", ["GET", "DELETE"]],
    ["POST", "/auth/signout", ["GET", "DELETE"]],
    ["GET", "/auth/sessions", ["POST", "DELETE"]],
    ["DELETE", "/auth/sessions/x", ["GET", "POST"]],
    ["POST", "/auth/sessions/revoke-others", ["GET"]],
  ])("S1.91: %s %s is a route, and not by %j", async (method, path, others) => {
    const { auth } = openApp(DATABASE);
    const status = async (asked: string) => (await auth.handler(ask(undefined, path, { method: asked }))).status;
    expect([200, 401]).toContain(await status(method));
    for (const other of others) expect(await status(other)).toBe(405);
  });

  test("S1.96: the tables hold S1's unique keys, and sessions and accounts go with their user", async () => {
    const app = openApp(DATABASE);
    const cookie = await app.signIn();
    const { user } = (await app.auth.sessions.getSession(ask(cookie))) ?? { user: JOHN };
    const key = { provider: "google", providerAccountId: PROFILE.providerAccountId };
    expect(await app.adapter.getAccount(key)).toMatchObject({ userId: user.id });
    await app.adapter.deleteUser(user.id);
    expect(await app.adapter.getAccount(key)).toBeNull();
    expect(await app.auth.getSession(ask(cookie))).toBeNull();
  });

  test.each(STATEFUL)(
    "S1.97: hooks are told of sign-in, renewal and sign-out, in this order ($name)",
    async (setting) => {
      const told: string[] = [];
      const hooks: AuthConfig["hooks"] = {
        onSignIn: ({ session }) => void told.push(`in ${session.type}`),
        onSessionRenewed: () => void told.push("renewed"),
        onSignOut: () => void told.push("out"),
      };
      const { auth, signIn } = openApp(setting, { hooks });
      const cookie = await signIn();
      await auth.sessions.refreshSession(ask(cookie));
      await auth.signOut(ask(cookie));
      await auth.signOut(ask(cookie));
      expect(told).toEqual(["in oauth", "renewed", "out"]);
    },
  );

  test.each(STATEFUL)("S1.97: a hook that refuses a sign-in leaves no session behind ($name)", async (setting) => {
    const user = JOHNS_ROW;
    const refuse = () => Promise.reject(new AuthError("user_disabled", "not on the list"));
    const { auth, adapter } = openApp(setting, { hooks: { onSignIn: refuse } });
    await adapter.createUser(user);
    await expect(auth.sessions.createSession(JOHN.id, ask())).rejects.toMatchObject({ code: "user_disabled" });
    expect(await adapter.listSessions(JOHN.id, new Date(START))).toEqual([]);
  });
});
