/** Weaknesses that were found by attacking the engine; each stays closed. */
import { inspect } from "node:util";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Adapter,
  type AuthConfig,
  type Claims,
  createAuth,
  createSessionCookie,
  getSession,
  normalizeEmail,
  type Provider,
  type Session,
} from "../src/index.js";
import { memoryAdapter } from "../src/memory/index.js";
import { signJwt } from "../src/token/jwt.js";
import { createKeyring } from "../src/token/keyring.js";
import { endOthers, OTHER_SECRET, pairOf, requestTo, SECRET, stoppedClock } from "./fixtures.js";

const DAY = 86_400;
const clock = stoppedClock();
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const readBy = (source: AuthConfig, cookie: string) => getSession(requestTo("/", { cookie }), source);

describe("tokens without a row", () => {
  test("renewals are shared by token, never by session id: two users with one sid keep apart", async () => {
    const config: AuthConfig = {
      secret: SECRET,
      clock,
      callbacks: { jwt: async (token) => new Promise((resolve) => setTimeout(() => resolve(token), 5)) },
    };
    const auth = createAuth(config);
    const cookies = ["alice", "bob"].map((id) => {
      const session = { id: "1", user: { id }, expires: iso(clock.seconds() + DAY) };
      return pairOf(createSessionCookie(session, config));
    });
    const answers = await Promise.all(
      cookies.map((cookie) => auth.handler(requestTo("/auth/session/refresh", { method: "POST", cookie }))),
    );
    const users = await Promise.all(answers.map(async (answer) => (await answer.json()).session.user.id));
    expect(users).toEqual(["alice", "bob"]);
  });

  test("claims named id or expires take no place of the session's own", async () => {
    const config: AuthConfig = { secret: SECRET, clock };
    const now = clock.seconds();
    const claims = {
      user: { id: "u1" },
      sid: "s1",
      iat: now,
      exp: now + 60,
      id: "u1",
      expires: "never",
      role: "admin",
    };
    const session = await readBy(config, `auth-session=${signJwt(claims, createKeyring(SECRET))}`);
    expect(session).toEqual({ id: "s1", type: "custom", user: { id: "u1" }, expires: iso(now + 60), role: "admin" });
  });

  test.each([{ sid: "" }, { sid: 5 }, { type: 5 }])(
    "%j in a signed token is no session, and no error",
    async (claims) => {
      const now = clock.seconds();
      const token = signJwt({ user: { id: "u1" }, iat: now, exp: now + 60, ...claims }, createKeyring(SECRET));
      expect(await readBy({ secret: SECRET, clock }, `auth-session=${token}`)).toBeNull();
      const adapted = { secret: SECRET, clock, adapter: memoryAdapter(), session: { strategy: "jwt" } } as const;
      expect(await readBy(adapted, `auth-session=${token}`)).toBeNull();
    },
  );

  test.each([{ id: "" }, { id: 5 }, { type: "" }, { type: 5 }])("createSessionCookie refuses %j", (fields) => {
    const session = { user: { id: "u1" }, expires: iso(clock.seconds() + 60), ...fields } as never;
    expect(() => createSessionCookie(session, { secret: SECRET, clock })).toThrow(
      expect.objectContaining({ code: "request_invalid" }),
    );
  });

  test("R-S6, I8: the refresh of S0 by hand keeps the absolute limit", async () => {
    const config: AuthConfig = { secret: SECRET, clock, session: { absoluteTimeout: "60d" } };
    const user = { id: "u1" };
    let cookie = pairOf(createSessionCookie({ user, expires: iso(clock.seconds() + 30 * DAY) }, config));
    const signedInAt = clock.seconds();
    for (let refreshed = 0; refreshed < 2; refreshed++) {
      clock.advance(25 * DAY);
      const session = await readBy(config, cookie);
      if (session === null) throw new Error("the session ended too early");
      cookie = pairOf(createSessionCookie({ ...session, expires: iso(clock.seconds() + 30 * DAY) }, config));
    }
    expect((await readBy(config, cookie))?.expires).toBe(iso(signedInAt + 60 * DAY));
    clock.advance(10 * DAY);
    expect(await readBy(config, cookie)).toBeNull();
  });

  test("R-S5: a cookie made by hand does not outlive the idle time", async () => {
    const config: AuthConfig = { secret: SECRET, clock, session: { idleTimeout: "15m" } };
    const made = createSessionCookie({ user: { id: "u1" }, expires: iso(clock.seconds() + 30 * DAY) }, config);
    expect(made).toContain("Max-Age=900");
    // Another service with the same secret knows nothing of our idle time.
    const now = clock.seconds();
    const foreign = `auth-session=${signJwt({ user: { id: "u1" }, iat: now, exp: now + DAY }, createKeyring(SECRET))}`;
    expect(await readBy(config, foreign)).not.toBeNull();
    clock.advance(900);
    expect(await readBy(config, pairOf(made))).toBeNull();
    expect(await readBy(config, foreign)).toBeNull();
  });

  test("one secret and a list that is written like it are two sources", async () => {
    const text = JSON.stringify([SECRET, OTHER_SECRET]);
    const session = { user: { id: "u1" }, expires: new Date(Date.now() + 60_000) };
    const byText = pairOf(createSessionCookie(session, text));
    const byList = pairOf(createSessionCookie(session, [SECRET, OTHER_SECRET]));
    expect(await getSession(requestTo("/", { cookie: byText }), [SECRET, OTHER_SECRET])).toBeNull();
    expect(await getSession(requestTo("/", { cookie: byList }), [SECRET, OTHER_SECRET])).not.toBeNull();
  });

  test.each([{ tags: ["a"] }, { role: "admin" }])(
    "a token that was remembered gives each reader its own %j",
    async (claims) => {
      const auth = createAuth({ secret: SECRET, clock });
      const made = { user: { id: "u1", name: "Ada" }, expires: iso(clock.seconds() + 60), ...claims };
      const request = requestTo("/", { cookie: pairOf(createSessionCookie(made, auth)) });
      for (let round = 0; round < 3; round++) {
        const found = await auth.sessions.getSession(request);
        if (found === null) throw new Error("no session");
        expect([found.user, found.session.data]).toEqual([{ id: "u1", name: "Ada" }, claims]);
        found.user.name = "changed";
        for (const name of Object.keys(found.session.data)) found.session.data[name] = "changed";
        const session = (await auth.getSession(request)) as (Session & Claims) | null;
        expect(session).toMatchObject({ user: { name: "Ada" }, ...claims });
        if (Array.isArray(session?.tags)) session.tags.push("changed");
      }
    },
  );

  test("a token that was remembered ends on its second", async () => {
    const auth = createAuth({ secret: SECRET, clock });
    const cookie = pairOf(createSessionCookie({ user: { id: "u1" }, expires: iso(clock.seconds() + 60) }, auth));
    expect(await auth.getSession(requestTo("/", { cookie }))).not.toBeNull();
    clock.advance(60);
    expect(await auth.getSession(requestTo("/", { cookie }))).toBeNull();
  });

  test("more tokens than are remembered are all read", async () => {
    const auth = createAuth({ secret: SECRET, clock });
    const requests = Array.from({ length: 1200 }, (_, index) => {
      const session = { user: { id: `u${index}` }, expires: iso(clock.seconds() + 60) };
      return requestTo("/", { cookie: pairOf(createSessionCookie(session, auth)) });
    });
    for (let round = 0; round < 2; round++) {
      const ids = await Promise.all(requests.map(async (request) => (await auth.getSession(request))?.user.id));
      expect(ids).toEqual(requests.map((_, index) => `u${index}`));
    }
  });
});

describe("sessions with a row", () => {
  const user = { id: "user-1", email: "user@example.com" };
  let adapter: ReturnType<typeof memoryAdapter>;
  const onError = vi.fn();
  const spell: Provider = {
    id: "spell",
    type: "spell",
    needsAdapter: false,
    routes: {
      "POST /signin/spell": async () => ({
        kind: "identity",
        identity: { provider: "spell", providerAccountId: "p", userId: user.id },
        isNewUser: false,
      }),
      "POST /spell/change": async ({ requireSession, notify, now, adapter }) => ({
        kind: "factor-change",
        session: await requireSession(),
        apply: endOthers(adapter as Adapter, user.id),
        announce: () => notify("onPasswordChanged", { userId: user.id, at: now }),
      }),
    },
  };
  const open = (more: Partial<AuthConfig> = {}) =>
    createAuth({ secret: SECRET, adapter, clock, provider: spell, hooks: { onError }, ...more });
  const start = async (auth = open()) => pairOf((await auth.sessions.createSession(user, requestTo("/"))).cookie);
  const lives = async (auth: ReturnType<typeof open>, cookie: string) =>
    (await auth.getSession(requestTo("/", { cookie }))) !== null;

  beforeEach(async () => {
    onError.mockClear();
    adapter = memoryAdapter();
    await adapter.createUser({ ...user, createdAt: new Date(), updatedAt: new Date() });
  });

  test.each([
    ["database", true], // its row is cut to the new limit
    ["jwt", false], //     R-T4: a token that was issued for longer than the policy allows is refused at once
  ] as const)("a policy that became tighter reaches sessions that are there: %s", async (strategy, isCut) => {
    const cookie = await start(open({ session: { strategy } }));
    const strict = open({ session: { strategy, absoluteTimeout: "10d" } });
    const idle = open({ session: { strategy, idleTimeout: "1h" } });
    expect([await lives(strict, cookie), await lives(idle, cookie)]).toEqual([isCut, true]);
    clock.advance(3600);
    expect([await lives(strict, cookie), await lives(idle, cookie)]).toEqual([isCut, false]);
    clock.advance(10 * DAY);
    expect([await lives(strict, cookie), await lives(open({ session: { strategy } }), cookie)]).toEqual([false, true]);
  });

  test("S0.21: a session signed anew by hand takes its row along, at the next read, within the absolute limit", async () => {
    const config = { secret: SECRET, adapter, clock, session: { strategy: "jwt", absoluteTimeout: "50d" } } as const;
    const cookie = await start(createAuth(config) as never);
    clock.advance(25 * DAY);
    const session = await readBy(config, cookie);
    if (session === null) throw new Error("no session");
    const again = pairOf(createSessionCookie({ ...session, expires: iso(clock.seconds() + 30 * DAY) }, config));
    expect(await readBy(config, again)).not.toBeNull();
    clock.advance(24 * DAY);
    expect(await readBy(config, again)).not.toBeNull();
    expect(await readBy(config, cookie)).toBeNull();
    clock.advance(DAY);
    expect(await readBy(config, again)).toBeNull();
  });

  test("F-29: a row that cannot follow its token leaves the session valid for as long as the row says, and is reported", async () => {
    const readOnly = { ...bound(adapter), updateSession: () => Promise.reject(new Error("read-only")) };
    const config = {
      secret: SECRET,
      adapter: readOnly,
      clock,
      hooks: { onError },
      session: { strategy: "jwt" },
    } as const;
    const cookie = await start(createAuth(config) as never);
    clock.advance(DAY);
    const session = await readBy(config, cookie);
    if (session === null) throw new Error("no session");
    const again = pairOf(createSessionCookie({ ...session, expires: iso(clock.seconds() + 30 * DAY) }, config));
    expect((await readBy(config, again))?.expires).toBe(session.expires);
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "unavailable" }));
  });

  test("F-29: a renewal that cannot be written leaves a valid session valid, and is reported", async () => {
    const auth = open({ adapter: { ...bound(adapter), updateSession: () => Promise.reject(new Error("read-only")) } });
    const cookie = await start(auth);
    clock.advance(2 * DAY);
    const answer = await auth.handler(requestTo("/auth/session", { cookie }));
    expect([answer.status, (await answer.json()).session.user.id, answer.headers.getSetCookie()]).toEqual([
      200,
      user.id,
      [],
    ]);
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "unavailable" }));
    const refresh = await auth.handler(requestTo("/auth/session/refresh", { method: "POST", cookie }));
    expect(refresh.status).toBe(503);
  });

  test("R-S3, R-S8: of two conflicting session cookies both sessions end, at sign-out and at sign-in", async () => {
    const auth = open();
    const [own, planted] = [await start(auth), await start(auth)];
    await auth.handler(requestTo("/auth/signout", { method: "POST", cookie: `${own}; ${planted}` }));
    expect([await lives(auth, own), await lives(auth, planted)]).toEqual([false, false]);
    const [third, fourth] = [await start(auth), await start(auth)];
    await auth.handler(requestTo("/auth/signin/spell", { method: "POST", cookie: `${third}; ${fourth}` }));
    expect([await lives(auth, third), await lives(auth, fourth)]).toEqual([false, false]);
  });

  test("R-S8: a hook that fails at sign-out keeps no other session alive", async () => {
    const auth = open({ hooks: { onError, onSignOut: () => Promise.reject(new Error("boom")) } });
    const [own, planted] = [await start(auth), await start(auth)];
    const { revoked, error } = await auth.signOut(requestTo("/", { cookie: `${own}; ${planted}` }));
    expect([revoked, error?.code]).toEqual([true, "callback_failed"]);
    expect([await lives(auth, own), await lives(auth, planted)]).toEqual([false, false]);
  });

  test("with older cookie names sign-out ends and clears those, too", async () => {
    const older = open({ session: { cookieName: "old" } });
    const oldCookie = await start(older);
    const auth = open({ session: { acceptCookieNames: ["old", "__Host-older"] } });
    expect(await lives(auth, oldCookie)).toBe(true);
    const newCookie = await start(auth);
    const both = `${newCookie}; ${oldCookie}`;
    const { cookies, revoked } = await auth.signOut(requestTo("/", { cookie: both }));
    expect(cookies).toEqual([
      expect.stringMatching(/^auth-session=;.*Max-Age=0/),
      expect.stringMatching(/^old=;.*Max-Age=0/),
      expect.stringMatching(/^__Host-older=;.*Max-Age=0.*Path=\/.*Secure/),
    ]);
    expect([revoked, await lives(auth, newCookie), await lives(older, oldCookie)]).toEqual([true, false, false]);
  });

  test("authenticate hands on the cookies of a change, tells errors to the hook, and can be taken off its object", async () => {
    const { authenticate, ...auth } = open();
    const cookie = await start();
    const changed = await authenticate(requestTo("/auth/spell/change", { method: "POST", cookie }));
    expect(changed.session?.user.id).toBe(user.id);
    expect(await lives(auth as never, pairOf(changed.cookies?.[0] ?? ""))).toBe(true);
    expect(await lives(auth as never, cookie)).toBe(false);
    const failing = open({ hooks: { onError, onSignIn: () => Promise.reject(new Error("boom")) } });
    expect(await failing.authenticate(requestTo("/auth/signin/spell", { method: "POST" }))).toEqual({
      error: "callback_failed",
    });
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "callback_failed" }));
  });

  test("a change that a sign-out in another tab crosses is made, told, and answered", async () => {
    const onPasswordChanged = vi.fn();
    const auth = open({
      hooks: { onError, onPasswordChanged },
      adapter: { ...bound(adapter), updateSession: async () => null },
    });
    const answer = await auth.handler(requestTo("/auth/spell/change", { method: "POST", cookie: await start(auth) }));
    expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
    expect(answer.headers.getSetCookie()[0]).toContain("Max-Age=0");
    expect(onPasswordChanged).toHaveBeenCalledTimes(1);
  });

  test("an error of the app that only bears our name is a failed callback, never a 200", async () => {
    const foreign = Object.assign(new Error("x"), { name: "AuthError", code: "ok", status: 200 });
    const auth = open({ callbacks: { session: () => Promise.reject(foreign) } });
    const answer = await auth.handler(requestTo("/auth/session", { cookie: await start(auth) }));
    expect([answer.status, (await answer.json()).error.code]).toEqual([500, "callback_failed"]);
    expect((await auth.errorResponse(foreign)).status).toBe(500);
  });

  test("I5: an adapter that answers undefined has not answered", async () => {
    const auth = open({ adapter: { ...bound(adapter), getSession: async () => undefined as never } });
    await expect(auth.getSession(requestTo("/", { cookie: await start(auth) }))).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});

test("R-L2: no log and no JSON of an Auth shows a key", () => {
  const auth = createAuth({ secret: SECRET, session: { encrypt: true } });
  const shown = inspect(auth, { depth: 20 }) + JSON.stringify(auth) + inspect(auth.sessions, { depth: 20 });
  expect(shown).toContain("signInPage");
  expect(shown).not.toMatch(/keyring|signingKey|KeyObject/);
  expect(shown).not.toContain(SECRET);
});

describe("borders", () => {
  test("RFC 9110 §15.5.6: a 405 says which methods there are", async () => {
    const auth = createAuth({ secret: SECRET });
    const answer = await auth.handler(requestTo("/auth/session", { method: "DELETE" }));
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET"]);
    expect((await auth.handler(requestTo("/auth/sessions/:id", { method: "GET" }))).headers.get("allow")).toBe(
      "DELETE",
    );
  });

  test.each([
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "12345678901234567890123456789012",
    "abcdefghijklmnopqrstuvwxyz123456",
    "a-string-secret-at-least-256-bits-long",
    "my-32-character-ultra-secure-and-ultra-long-secret",
  ])("R-T10: %s is refused", (secret) => {
    expect(() => createAuth({ secret })).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  test("R-A12: an address that changes its form when lowered is still one address", () => {
    expect(normalizeEmail("J\u030c@x.co")).toBe(normalizeEmail("\u01f0@x.co"));
    expect(normalizeEmail(normalizeEmail("J\u030c@x.co"))).toBe(normalizeEmail("J\u030c@x.co"));
  });
});

/** An adapter whose methods can be spread and replaced. */
function bound(adapter: Adapter): Adapter {
  const methods = adapter as unknown as Record<string, (...args: unknown[]) => unknown>;
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(adapter)).filter((name) => name !== "constructor");
  const call = (name: string) => [name, (...args: unknown[]) => methods[name]?.(...args)];
  return Object.fromEntries(names.map(call)) as unknown as Adapter;
}
