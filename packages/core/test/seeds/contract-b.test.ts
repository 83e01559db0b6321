/**
 * CONTRACT B, lines 67–97: strategies and SessionManager. Lines 79–97: `contract-b-manager.test.ts`.
 *
 * Elsewhere: guards of Next.js and Express (S1.88, S1.98, S1.99), codes by phone and mail (S1.92), password (S1.93, S1.95), OAuth
 * (S1.94), plugins' routes (S1.97), the command line (S1.85, S1.100), localised messages (S1.101).
 */
import { createHash } from "node:crypto";
import { createAuth, type NewSession, type SessionOptions } from "@latchkey/core";
import { jwtVerify } from "jose";
import { CookieJar } from "tough-cookie";
import { describe, expect, test } from "vitest";
import {
  type App,
  appOfJohn,
  ask,
  callback,
  cookiePair,
  DATABASE,
  JOHN,
  JWT,
  JWT_WITH_ROW,
  ORIGIN,
  openApp,
  payloadOf,
  SECRET,
  START,
  STATEFUL,
  sessionOfJohn,
  signIn,
  tokenOf,
} from "./app.js";

const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** 256 bits in base64url. */
const OPAQUE = /^[\w-]{43}$/;
const methodsOf = ({ calls }: App) => calls.map(({ method }) => method);

describe("Strategies", () => {
  test.each([
    ["jwt", JWS],
    ["database", OPAQUE],
  ] as const)("S1.67: session.strategy %j chooses what the cookie holds", async (strategy, token) => {
    const { auth } = openApp(DATABASE, { session: { strategy } });
    expect(tokenOf(await signIn(auth))).toMatch(token);
  });

  test.each([
    [JWT_WITH_ROW, JWS],
    [DATABASE, OPAQUE],
  ])(
    "S1.68: a session of strategy $name writes a row; the cookie holds a JWT or a random token",
    async (setting, token) => {
      const app = await appOfJohn(setting);
      const { cookie, session } = await sessionOfJohn(app);
      expect(tokenOf(cookie)).toMatch(token);
      expect(await app.adapter.getSession({ id: session.id })).toMatchObject({ user: { id: JOHN.id } });
    },
  );

  test.each([JWT, JWT_WITH_ROW])(
    "S1.69: the payload names the user, the session and the real e-mail ($name)",
    async (setting) => {
      const app = await appOfJohn(setting);
      const { session, cookie } = await app.auth.sessions.createSession(JOHN, ask());
      const payload = payloadOf(tokenOf(cookie));
      expect(payload).toMatchObject({ sub: JOHN.id, sid: session.id, user: { email: JOHN.email } });
    },
  );

  test("S1.70: the JWT is signed with the secret and stored in the cookie", async () => {
    const app = await appOfJohn(JWT_WITH_ROW);
    const { cookie } = await sessionOfJohn(app);
    const options = { algorithms: ["HS256"], currentDate: new Date(START) };
    const { payload } = await jwtVerify(tokenOf(cookie), new TextEncoder().encode(SECRET), options);
    expect(payload.sub).toBe(JOHN.id);
  });

  test.each(STATEFUL)(
    "S1.71: a revoked session is refused though its token is still valid ($name)",
    async (setting) => {
      const app = await appOfJohn(setting);
      const { request, session } = await sessionOfJohn(app);
      expect(await app.auth.getSession(request)).not.toBeNull();
      await app.auth.sessions.revokeSession(session.id);
      expect(await app.auth.getSession(request)).toBeNull();
      expect(await app.auth.sessions.getSession(request)).toBeNull();
    },
  );

  test("S1.72: with jwt the claims come from the token: what the row says of them is not read", async () => {
    const app = await appOfJohn(JWT_WITH_ROW, { callbacks: { jwt: () => ({ role: "from the token" }) } });
    const { request, session } = await sessionOfJohn(app);
    await app.adapter.updateSession(session.id, { data: { role: "from the row" } });
    expect(await app.auth.getSession(request)).toMatchObject({ role: "from the token" });
  });

  test.each([
    [JWT_WITH_ROW, 1],
    [DATABASE, 1],
    [JWT, 0],
  ])("S1.72: a read of strategy $name asks the database once, where there is one", async (setting, queries) => {
    const app = await appOfJohn(setting);
    const { cookie } = await app.auth.sessions.createSession(JOHN, ask());
    app.calls.length = 0;
    expect(await app.auth.getSession(ask(cookiePair(cookie)))).not.toBeNull();
    expect(methodsOf(app)).toEqual(Array(queries).fill("getSession"));
  });

  test("S1.72: a token that does not verify is refused before the database is asked", async () => {
    for (const setting of STATEFUL) {
      const app = await appOfJohn(setting);
      const { cookie } = await sessionOfJohn(app);
      app.calls.length = 0;
      const name = cookie.slice(0, cookie.indexOf("="));
      for (const token of ["", "x", "..", "a.b.c", "A".repeat(44), `${tokenOf(cookie)}A`])
        expect(await app.auth.getSession(ask(`${name}=${token}`))).toBeNull();
      expect(methodsOf(app)).toEqual([]);
    }
  });

  test("S1.73: with database the hash of the token is what is looked up", async () => {
    const app = await appOfJohn(DATABASE);
    const { cookie, request } = await sessionOfJohn(app);
    app.calls.length = 0;
    await app.auth.getSession(request);
    const tokenHash = createHash("sha256").update(tokenOf(cookie)).digest("base64url");
    expect(app.calls).toEqual([{ method: "getSession", args: [{ tokenHash }] }]);
  });
});

describe("What reaches the adapter", () => {
  test.each(STATEFUL)("S1.68: the row never holds the token, and its hash is its own ($name)", async (setting) => {
    const app = await appOfJohn(setting);
    const { session } = await sessionOfJohn(app);
    await sessionOfJohn(app);
    expect(JSON.stringify(app.calls)).not.toContain(session.token);
    const added = app.calls.filter(({ method }) => method === "createSession").map(({ args }) => args[0] as NewSession);
    expect(added.map(({ tokenHash }) => tokenHash)).toEqual([
      expect.stringMatching(OPAQUE),
      expect.stringMatching(OPAQUE),
    ]);
    expect(added[0]?.tokenHash).not.toBe(added[1]?.tokenHash);
  });
});

describe("SessionConfig", () => {
  test("S1.74: strategy, expiresIn, cookieName and cookieOptions are options", async () => {
    const { auth } = openApp(DATABASE, {
      session: {
        strategy: "jwt",
        expiresIn: "1h",
        cookieName: "sid",
        cookieOptions: { secure: true, sameSite: "strict", httpOnly: false, domain: "app.example" },
      },
    });
    const [cookie = ""] = (await auth.handler(callback())).headers.getSetCookie();
    expect(cookie).toMatch(
      /^sid=[\w-]+\.[\w-]+\.[\w-]+; Max-Age=3600; Domain=app\.example; Path=\/; Secure; SameSite=Strict$/,
    );
  });

  test("S1.74: an option that does not exist is refused by name, not ignored", () => {
    const start = (session: object) => () => createAuth({ secret: SECRET, session });
    expect(start({ expiresin: "1h" })).toThrow("session.expiresin");
    expect(() => createAuth({ secret: SECRET, ...{ database: {} } })).toThrow("database");
  });

  test.each([
    ["S1.75", { secure: true }, "Secure", true],
    ["S1.75", { secure: false }, "Secure", false],
    ["S1.76", {}, "HttpOnly", true],
    ["S1.77", {}, "SameSite=Lax", true],
    ["S1.77", { sameSite: "strict" }, "SameSite=Strict", true],
    ["S1.77", { sameSite: "lax" }, "SameSite=Lax", true],
    ["S1.77", { sameSite: "none", secure: true }, "SameSite=None", true],
    ["S1.78", { domain: "app.example" }, "Domain=app.example", true],
  ] as const)("%s: cookieOptions %j → %s: %s", async (_line, cookieOptions, attribute, present) => {
    const { auth } = openApp(JWT, { session: { cookieOptions } });
    const [cookie = ""] = (await auth.handler(callback())).headers.getSetCookie();
    expect(cookie.split("; ").includes(attribute)).toBe(present);
  });

  test.each([
    ["S1.77", { sameSite: "none", secure: false }, "sameSite"],
    ["S1.77", { sameSite: "Lax" }, "sameSite"],
    ["S1.78", { domain: "app.example; Path=/evil" }, "domain"],
    ["S1.78", { domain: "app.example", prefix: "host" }, "domain"],
  ])("%s: cookieOptions %j is a configuration error", (_line, cookieOptions, option) => {
    const start = () => createAuth({ secret: SECRET, session: { cookieOptions } as SessionOptions });
    expect(start).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(start).toThrow(option);
  });

  test("S1.78: a cookie for all subdomains is cleared for all subdomains", async () => {
    const { auth } = openApp(DATABASE, { session: { cookieOptions: { domain: "app.example" } } });
    const jar = new CookieJar();
    await jar.setCookie((await auth.handler(callback())).headers.getSetCookie()[0] ?? "", ORIGIN);
    const cookie = await jar.getCookieString("https://www.app.example");
    expect(await auth.getSession(ask(cookie))).not.toBeNull();
    await jar.setCookie((await auth.signOut(ask(cookie))).cookies[0] ?? "", ORIGIN);
    expect(await jar.getCookies("https://www.app.example")).toEqual([]);
  });
});
