/** CONTRACT A, lines 10–23: the functions, by number. The third argument of `authenticate` (S0.10) comes with agents. */
import {
  type AuthConfig,
  AuthError,
  authenticate,
  clearSessionCookie,
  createSessionCookie,
  getSession,
  signOut,
} from "@latchkey/core";
import { describe, expect, test } from "vitest";
import {
  ask,
  callback,
  cookiePair,
  cookieParts,
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
  payloadOf,
  SECRET,
  SETTINGS,
  START,
  tokenOf,
} from "./app.js";

/** A hand-made session that ends a day from the real now: the functions that take a secret alone have the real clock. */
const tomorrow = () => new Date(Date.now() + DAY * 1000);
const jwtApp = (callbacks: AuthConfig["callbacks"] = {}) => openApp(JWT, { callbacks });

describe("Functions", () => {
  test("S0.10: authenticate gives session and cookies, or the code of the error", async () => {
    const { config } = openApp();
    const result = await authenticate(config, callback());
    expect(result).toMatchObject({ session: { type: "oauth", user: { email: JOHN.email } } });
    expect(result.cookies?.map(maxAgeOf)).toEqual([2_592_000]);
    const wrong = new Request(`${ORIGIN}/auth/callback/google?code=wrong`);
    expect(await authenticate(config, wrong)).toEqual({ error: "invalid_credentials" });
  });

  test("S0.10: authenticate reads the session of a request that asks for no sign-in", async () => {
    const { config, auth, signIn } = openApp();
    const cookie = await signIn();
    expect(await authenticate(config, ask(cookie))).toEqual({ session: await auth.getSession(ask(cookie)) });
    expect(await authenticate(config, ask())).toEqual({ error: "unauthorized" });
  });

  test("S0.11: createSessionCookie gives a complete Set-Cookie value, without a wait", () => {
    const cookie: unknown = createSessionCookie({ user: JOHN, expires: tomorrow() }, SECRET);
    expect(cookie).toMatch(/^auth-session=[\w.-]+; /);
  });

  test("S0.12: the cookie has exactly the printed attributes", () => {
    const { config } = openApp();
    const cookie = createSessionCookie({ user: JOHN, expires: new Date(START + 30 * DAY * 1000) }, config);
    expect(cookieParts(cookie.replace(tokenOf(cookie), "<jwt-token>"))).toEqual(
      cookieParts("auth-session=<jwt-token>; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=2592000"),
    );
  });

  test("S0.13: a hand-made session without token and type is accepted and read again", async () => {
    const made = { user: { id: "user-123", email: "user@example.com", name: "John Doe" }, expires: tomorrow() };
    const expires = new Date(Math.floor(made.expires.getTime() / 1000) * 1000).toISOString();
    const cookie = createSessionCookie({ ...made, expires: made.expires.toISOString() }, SECRET);
    const read = await getSession(ask(cookiePair(cookie)), SECRET);
    expect(read).toEqual({ id: expect.any(String), type: "custom", user: made.user, expires });
  });

  test.each([
    [30 * DAY, 2_592_000],
    [60, 60],
    [DAY - 1, 86_399],
  ])("S0.14: Max-Age follows session.expires: in %i seconds → %i", (seconds, maxAge) => {
    const { config } = openApp();
    const expires = new Date(START + seconds * 1000).toISOString();
    expect(maxAgeOf(createSessionCookie({ user: JOHN, expires }, config))).toBe(maxAge);
  });

  test("S0.15: clearSessionCookie() has the printed attributes and a past date", () => {
    expect(cookieParts(clearSessionCookie())).toEqual(
      cookieParts(
        "auth-session=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
      ),
    );
  });

  test("S0.16: getSession returns null when the cookie is missing, foreign, malformed, forged or expired", async () => {
    const valid = cookiePair(createSessionCookie({ user: JOHN, expires: tomorrow() }, SECRET));
    const now = Math.floor(Date.now() / 1000);
    const claims = { user: JOHN, iat: now - HOUR, exp: now + HOUR };
    const named = async (token: string | Promise<string>) => `auth-session=${await token}`;
    const refused = {
      missing: undefined,
      "another cookie": "theme=dark",
      empty: "auth-session=",
      malformed: "auth-session=%E0%A4%A; a=%",
      "two parts": valid.replace(/\.[^.]*$/, ""),
      "last character changed": valid.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      "payload changed": valid.replace(/\.(.)/, (_, first) => `.${first === "e" ? "f" : "e"}`),
      "another secret": await named(handMade(claims, OTHER_SECRET)),
      "alg none": await named((await handMade(claims, SECRET, { alg: "none", typ: "JWT" })).replace(/[^.]*$/, "")),
      expired: await named(handMade({ ...claims, exp: now - 1 })),
      "without exp": await named(handMade({ user: JOHN, iat: now })),
      "without user": await named(handMade({ iat: now, exp: now + HOUR })),
    };
    expect(await getSession(ask(await named(handMade(claims))), SECRET)).not.toBeNull();
    for (const [why, cookie] of Object.entries(refused)) expect(await getSession(ask(cookie), SECRET), why).toBeNull();
  });

  test("S0.17: getSession takes anything with headers: a Request and what a framework makes of one", async () => {
    const { auth, signIn } = openApp();
    const cookie = await signIn();
    const frameworks = { headers: { get: (name: string) => (name === "cookie" ? cookie : null) } };
    expect(await auth.getSession(frameworks)).toEqual(await auth.getSession(ask(cookie)));
    expect(await auth.getSession(frameworks)).not.toBeNull();
  });

  test.each(SETTINGS)("S0.18: signOut revokes where there is a row, and clears the cookie ($name)", async (setting) => {
    const { auth, signIn } = openApp(setting);
    const cookie = await signIn();
    const result = await signOut(ask(cookie), auth);
    expect(result).toEqual({ cookies: [clearSessionCookie(auth)], revoked: setting.stateful });
    expect((await auth.getSession(ask(cookie))) === null).toBe(setting.stateful);
  });

  test("S0.19: the guard answers 401 { error: Unauthorized } without a session", async () => {
    const answer = await openApp(JWT_WITH_ROW).auth.handler(ask(undefined, "/auth/sessions"));
    expect([answer.status, await answer.json()]).toEqual([401, { error: "Unauthorized" }]);
  });

  test("S0.20: the sign-in page is /login, where a failed form goes and bindings send pages", async () => {
    const { auth } = openApp(JWT, { provider: { ...google(), routes: { "POST /signin/form": refuse } } });
    const answer = await auth.handler(form("/auth/signin/form"));
    expect([auth.signInPage, answer.status]).toEqual(["/login", 303]);
    expect(answer.headers.get("location")).toBe("/login?error=invalid_credentials");
  });

  test("S0.21: spreading a session with a later `expires` moves the token's own exp and keeps user and claims", async () => {
    const { auth, clock, signIn } = jwtApp({ jwt: (token) => ({ ...token, role: "admin" }) });
    const before = await auth.getSession(ask(await signIn()));
    clock.advance(25 * DAY);
    const expires = new Date(clock.now + 30 * DAY * 1000).toISOString();
    const cookie = createSessionCookie({ ...before, user: before?.user ?? JOHN, expires }, auth);

    expect(payloadOf(tokenOf(cookie)).exp).toBe(clock.now / 1000 + 30 * DAY);
    expect(await auth.getSession(ask(cookiePair(cookie)))).toEqual({ ...before, role: "admin", expires });
  });

  test.each([HOUR, 25 * DAY])(
    "S0.21: with an adapter the row follows at the next request, %i s on",
    async (seconds) => {
      const { auth, clock, adapter, signIn } = openApp(JWT_WITH_ROW);
      const before = await auth.getSession(ask(await signIn()));
      clock.advance(seconds);
      const expires = new Date(clock.now + 30 * DAY * 1000);
      const cookie = createSessionCookie({ ...before, user: before?.user ?? JOHN, expires }, auth);

      const { session } = await auth.renewSession(ask(cookiePair(cookie)));
      expect(session?.expires).toBe(expires.toISOString());
      expect((await adapter.getSession({ id: before?.id ?? "" }))?.session.expires).toEqual(expires);
    },
  );

  test("S0.22: session.expires is the token's real expiry", async () => {
    const { auth, clock } = openApp();
    const cookie = createSessionCookie({ user: JOHN, expires: new Date(START + 60_000) }, auth);
    clock.advance(59);
    expect((await auth.getSession(ask(cookiePair(cookie))))?.expires).toBe(new Date(START + 60_000).toISOString());
    clock.advance(1);
    expect(await auth.getSession(ask(cookiePair(cookie)))).toBeNull();
  });

  test.each(SETTINGS)(
    "S0.23: claims of callbacks stand on the session that getSession returns ($name)",
    async (setting) => {
      const callbacks = {
        jwt: () => ({ role: "admin" }),
        session: (session: object) => ({ ...session, theme: "dark" }),
      };
      const { auth, signIn } = openApp(setting, { callbacks });
      expect(await auth.getSession(ask(await signIn()))).toMatchObject({ role: "admin", theme: "dark" });
    },
  );
});

async function refuse(): Promise<never> {
  throw new AuthError("invalid_credentials");
}

/** A form that a page of the app posts. */
function form(path: string, fields: Record<string, string> = {}): Request {
  const headers = { origin: ORIGIN };
  return new Request(ORIGIN + path, { method: "POST", body: new URLSearchParams(fields), headers });
}
