/**
 * CONTRACT A, lines 34–43: life cycle and callbacks, by number. Lines 44–65: `contract-a-storage.test.ts`.
 *
 * Elsewhere: agents' sessions and tools (S0.51, S0.53–56), React (S0.57), Next.js (S0.58, S0.60), Express and other servers
 * (S0.61), OAuth and mailed codes (S0.64), captcha (S0.66). What core does of S0.45 and S0.47 is here; Prisma's half is in its
 * adapter. The helpers of S0.65 are not part of the design: a token is made and read by the functions above only.
 */
import { getSession, type SessionUser } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test } from "vitest";
import {
  ask,
  callback,
  cookiePair,
  DATABASE,
  DAY,
  JOHN,
  JWT,
  JWT_WITH_ROW,
  maxAgeOf,
  ORIGIN,
  openApp,
  PROFILE,
  payloadOf,
  provider,
  SETTINGS,
  START,
  signIn,
  tokenOf,
} from "./app.js";

describe("Lifecycle", () => {
  test.each(SETTINGS)("S0.34: the callback becomes identity, session and cookie ($name)", async (setting) => {
    const { auth } = openApp(setting);
    const result = await auth.authenticate(callback());
    expect(await auth.getSession(ask(cookiePair(result.cookies?.[0])))).toEqual(result.session);
    expect(result.session).toMatchObject({ type: "oauth", user: { email: JOHN.email } });
  });

  test.each(SETTINGS)(
    "S0.35: every request validates anew: what was valid is refused once it is over ($name)",
    async (setting) => {
      const { auth, clock, signIn } = openApp(setting);
      const cookie = await signIn();
      clock.advance(30 * DAY - 1);
      expect(await auth.getSession(ask(cookie))).not.toBeNull();
      clock.advance(1);
      expect(await auth.getSession(ask(cookie))).toBeNull();
    },
  );

  test.each(SETTINGS)(
    "S0.36: sign-out revokes the row, if there is one, and clears the cookie ($name)",
    async (setting) => {
      const { auth, adapter, signIn } = openApp(setting);
      const cookie = await signIn();
      const { id, user } = (await auth.getSession(ask(cookie))) ?? { id: "", user: JOHN };
      const answer = await auth.handler(ask(cookie, "/auth/signout", { method: "POST", headers: { origin: ORIGIN } }));
      expect(await answer.json()).toEqual({ success: true, revoked: setting.stateful });
      expect(answer.headers.getSetCookie().map(maxAgeOf)).toEqual([0]);
      expect(await adapter.getSession({ id })).toBeNull();
      expect(await adapter.listSessions(user.id, new Date(START))).toEqual([]);
    },
  );
});

describe("Callbacks", () => {
  test("S0.37: callbacks.user is given { id, email, name, picture } and the provider, once for each sign-in", async () => {
    const seen: unknown[] = [];
    const user = async (profile: SessionUser, context: object) => {
      seen.push([profile, context]);
      return profile;
    };
    const { auth, signIn } = openApp(JWT, { callbacks: { user } });
    await auth.getSession(ask(await signIn()));
    const context = { provider: "google", email: JOHN.email, emailVerified: true, emailTrusted: false };
    expect(seen).toEqual([[{ ...JOHN, id: PROFILE.providerAccountId }, context]]);
  });

  test.each(["google", "email", "phone"])(
    "S0.37: callbacks.user is called for provider %s, also when synchronous",
    async (id) => {
      const user = (profile: SessionUser) => ({ ...profile, id: "ours", name: `by ${id}` });
      const { auth } = openApp(JWT, { provider: provider(id, id), callbacks: { user } });
      const session = await auth.getSession(ask(await signIn(auth, {}, id)));
      expect(session?.user).toMatchObject({ id: "ours", name: `by ${id}` });
    },
  );

  test.each(SETTINGS)(
    "S0.38: the session's user.id is the one that callbacks.user returned ($name)",
    async (setting) => {
      const adapter = memoryAdapter();
      const dates = { createdAt: new Date(START), updatedAt: new Date(START) };
      const user = async ({ email = null, name = null }: SessionUser) =>
        (await adapter.getUserByEmail(email ?? "")) ?? adapter.createUser({ id: "row-7", email, name, ...dates });
      const { auth } = openApp(setting, { callbacks: { user }, ...(setting.stateful && { adapter }) });
      for (const _ of ["first", "second"]) {
        expect((await auth.getSession(ask(await signIn(auth))))?.user).toMatchObject({
          id: "row-7",
          email: JOHN.email,
        });
      }
    },
  );

  test.each([
    ["changes the claims and returns nothing", (token: object) => void Object.assign(token, { role: "admin" })],
    ["changes the claims, asynchronously", async (token: object) => void Object.assign(token, { role: "admin" })],
    ["returns the claims", (token: Record<string, unknown>) => Object.assign(token, { role: "admin" })],
    ["returns other claims, asynchronously", async (token: object) => ({ ...token, role: "admin" })],
    ["returns its own claims alone", () => ({ role: "admin" })],
  ])("S0.39: callbacks.jwt %s", async (_how, jwt) => {
    const { auth, signIn } = openApp(JWT, { callbacks: { jwt } });
    const session = await auth.getSession(ask(await signIn()));
    expect(session).toMatchObject({ role: "admin", user: { email: JOHN.email } });
  });

  test.each(SETTINGS)("S0.39: any JSON claim comes back as it went in ($name)", async (setting) => {
    const own = {
      text: "ü",
      number: -1.5,
      flag: false,
      nothing: null,
      list: [1, { a: [] }],
      object: { b: { c: "d" } },
    };
    const { auth, signIn } = openApp(setting, { callbacks: { jwt: () => own } });
    expect(await auth.getSession(ask(await signIn()))).toMatchObject(own);
  });

  test.each(SETTINGS)(
    "S0.40: cookie, session, token and row follow the exp that callbacks.jwt sets ($name)",
    async (setting) => {
      const exp = START / 1000 + 7 * DAY;
      const { auth, adapter } = openApp(setting, { callbacks: { jwt: (token) => ({ ...token, exp }) } });
      const [setCookie = ""] = (await auth.handler(callback())).headers.getSetCookie();
      const session = await auth.getSession(ask(cookiePair(setCookie)));

      expect([maxAgeOf(setCookie), session?.expires]).toEqual([7 * DAY, new Date(exp * 1000).toISOString()]);
      if (setting === JWT || setting === JWT_WITH_ROW) expect(payloadOf(tokenOf(setCookie)).exp).toBe(exp);
      const row = await adapter.getSession({ id: session?.id ?? "" });
      if (setting.stateful) expect(row?.session.expires).toEqual(new Date(exp * 1000));
    },
  );

  test("S0.41: claims are built before the callback, which can read them and those of the session", async () => {
    const jwt = (token: Record<string, unknown>) => ({ ...token, seen: [token.sub, token.type, token.role] });
    const { auth } = openApp(JWT, { callbacks: { jwt } });
    const { cookie } = await auth.sessions.createSession(JOHN, ask(), { type: "password", claims: { role: "admin" } });
    expect(await auth.getSession(ask(cookiePair(cookie)))).toMatchObject({ seen: [JOHN.id, "password", "admin"] });
  });

  test.each(SETTINGS)(
    "S0.42: callbacks.session runs at every read, by function and by route ($name)",
    async (setting) => {
      let reads = 0;
      const session = (public_: object) => ({ ...public_, preferences: { theme: "dark" }, reads: ++reads });
      const { auth, config, signIn } = openApp(setting, { callbacks: { session } });
      const cookie = await signIn();
      const before = reads;
      expect(await getSession(ask(cookie), config)).toMatchObject({
        preferences: { theme: "dark" },
        reads: before + 1,
      });
      expect(await auth.getSession(ask(cookie))).toMatchObject({ reads: before + 2 });
      const { session: answered } = await (await auth.handler(ask(cookie, "/auth/session"))).json();
      expect(answered).toMatchObject({ preferences: { theme: "dark" }, reads: before + 3 });
    },
  );

  test.each([JWT, JWT_WITH_ROW])(
    "S0.43: a claim too large for a cookie fails the sign-in, by name ($name)",
    async (setting) => {
      const errors: string[] = [];
      const { auth, adapter } = openApp(setting, {
        callbacks: { jwt: () => ({ posts: "p".repeat(4096) }) },
        hooks: { onError: ({ message }) => void errors.push(message) },
      });
      const answer = await auth.handler(callback());
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([303, []]);
      expect(answer.headers.get("location")).toBe("/login?error=session_too_large");
      expect(errors).toEqual([expect.stringMatching(/posts 4098/)]);
      const account = await adapter.getAccount({ provider: "google", providerAccountId: PROFILE.providerAccountId });
      if (account) expect(await adapter.listSessions(account.userId, new Date(START))).toEqual([]);
    },
  );

  test("S0.43: a large claim with strategy database stays in the row, and the cookie small", async () => {
    const posts = "p".repeat(10_000);
    const { auth, signIn } = openApp(DATABASE, { callbacks: { jwt: () => ({ posts }) } });
    const cookie = await signIn();
    expect(cookie.length).toBeLessThan(100);
    expect(await auth.getSession(ask(cookie))).toMatchObject({ posts });
  });
});
