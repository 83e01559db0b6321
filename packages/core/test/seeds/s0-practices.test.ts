/** S0, "Session Management": security, session types, troubleshooting, as printed there. What waits for other packages: see `s0.test.ts`. */
import { randomBytes } from "node:crypto";
import { type AuthConfig, AuthError, createAuth, createSessionCookie, getSession } from "@latchkey/core";
import { CookieJar } from "tough-cookie";
import { describe, expect, test, vi } from "vitest";
import { ask, callback, cookiePair, DAY, JOHN, maxAgeOf, ORIGIN, PROFILE, SECRET, START } from "./app.js";

import { required, signedIn, statelessConfig, stopTheClock } from "./s0-app.js";

const secret = SECRET;

stopTheClock();

describe("Security Best Practices", () => {
  test("1. Strong Secret: what `openssl rand -base64 32` prints is accepted", async () => {
    for (let round = 0; round < 200; round++) {
      const generated = randomBytes(32).toString("base64");
      const cookie = createSessionCookie({ user: JOHN, expires: new Date(START + 1000) }, generated);
      expect(await getSession(ask(cookiePair(cookie)), generated)).toMatchObject({ user: JOHN });
    }
  });

  test.each([
    ["your-generated-secret-here", "the line that S0 prints for .env.local"],
    ["a-secret-of-31-characters-Zx9Qv", "one character short of the minimum"],
  ])("1. Strong Secret: %s is refused, with the name of the variable (%s)", async (weak) => {
    await expect(getSession(ask(), weak)).rejects.toThrow(AuthError);
    await expect(getSession(ask(), weak)).rejects.toThrow("AUTH_SECRET");
  });

  test("2. HTTPS Only: the cookie is sent over https and not over http", async () => {
    const session = { user: JOHN, expires: new Date(START + DAY * 1000) };
    // Cookies are only sent over HTTPS when secure: true
    const cookie = createSessionCookie(session, secret);

    const jar = new CookieJar();
    await jar.setCookie(cookie, "https://app.example");
    expect(await jar.getCookies("https://app.example")).toHaveLength(1);
    expect(await jar.getCookies("http://app.example")).toHaveLength(0);
  });

  test("3. HttpOnly Cookies: a script cannot read auth-session", async () => {
    const jar = await jarOf(await signedIn());
    expect(await jar.getCookieString(ORIGIN, { http: false })).toBe("");
    expect(await jar.getCookieString(ORIGIN)).toContain("auth-session=");
  });

  test("4. SameSite Protection: another site's post comes without the cookie, a link from it with it", async () => {
    const jar = await jarOf(await signedIn());
    expect(await jar.getCookies(ORIGIN, { sameSiteContext: "none" })).toHaveLength(0);
    expect(await jar.getCookies(ORIGIN, { sameSiteContext: "lax" })).toHaveLength(1);
    expect(await jar.getCookies(ORIGIN, { sameSiteContext: "strict" })).toHaveLength(1);
  });

  test.each([
    [60 * 60 * 24 * 30, 2_592_000, "Standard sessions: 30 days"],
    [60 * 60, 3600, "Sensitive operations: 1 hour"],
    ["15m", 900, "MCP agent tokens: 15 minutes"],
  ])("5. Short Expiration: %s is %i seconds (%s)", async (expiresIn, seconds, _why) => {
    const answer = await createAuth({ ...statelessConfig(), session: { expiresIn } }).handler(callback());
    expect(maxAgeOf(answer.headers.getSetCookie()[0] ?? "")).toBe(seconds);
  });
});

describe("Session Types", () => {
  test("Standard Sessions", async () => {
    const { id, ...session } = await getSession(await signedIn(), secret).then(required);
    expect(session).toEqual({
      type: "oauth",
      user: { id: PROFILE.providerAccountId, email: JOHN.email, name: JOHN.name, picture: JOHN.picture },
      expires: "2024-04-03T22:00:00.000Z",
    });
    expect(id).toMatch(/^[\w-]{24}$/);
  });
});

describe("Troubleshooting", () => {
  const NextResponse = {
    redirect: (url: URL) => Response.redirect(url, 307),
    next: () => new Response(null, { headers: { "x-middleware-next": "1" } }),
  };

  async function handleExpired(request: Request) {
    const session = await getSession(request, secret);

    if (!session) {
      // Session expired or invalid
      return NextResponse.redirect(new URL("/login", request.url));
    }

    // Session is valid
    return NextResponse.next();
  }

  test("Session Not Persisting: the domain of the cookie matches the app", async () => {
    const session = { cookieOptions: { domain: "app.example" } } as const;
    const answer = await createAuth({ ...statelessConfig(), session }).handler(callback());
    const jar = new CookieJar();
    await jar.setCookie(answer.headers.getSetCookie()[0] ?? "", ORIGIN);
    expect(await jar.getCookies("https://www.app.example")).toHaveLength(1);
  });

  test("Session Not Persisting: https in production is asked for by name", () => {
    const config = { ...statelessConfig(), baseUrl: "http://app.example" };
    expect(() => createAuth(config)).toThrow(/Secure cookie.*https/);
  });

  test("Session Expired: Redirect to login on expiration", async () => {
    const request = await signedIn();
    expect((await handleExpired(request)).headers.get("x-middleware-next")).toBe("1");

    vi.setSystemTime(START + 30 * DAY * 1000);
    const answer = await handleExpired(request);
    expect([answer.status, answer.headers.get("location")]).toEqual([307, `${ORIGIN}/login`]);
  });

  test("Token Too Large: hundreds of posts are refused by name, a reference is kept", async () => {
    const hundredsOfPosts = Array.from({ length: 300 }, (_, index) => `post number ${index} of the user`);
    const tooLarge = createAuth({
      ...statelessConfig(),
      callbacks: {
        // ✗ Don't store large data in JWT
        jwt(token) {
          token.allUserPosts = /* hundreds of posts */ hundredsOfPosts; // Too large!
          return token;
        },
      },
    });
    const creation = tooLarge.sessions.createSession(JOHN, ask());
    await expect(creation).rejects.toMatchObject({
      code: "session_too_large",
      message: expect.stringMatching(/claim: allUserPosts \d{4,}/),
    });

    const small = {
      ...statelessConfig(),
      callbacks: {
        // ✓ Store references only
        jwt(token) {
          token.userId = "user-123"; // Small reference
          return token;
        },
      },
    } satisfies AuthConfig;
    expect(await getSession(await signedIn(small), small)).toMatchObject({ userId: "user-123" });
  });

  test("Cannot Read Cookie: the SDK's functions can", async () => {
    const request = await signedIn();
    // ✓ Use the SDK's hooks/functions
    const session = await getSession(request, secret); // Works!
    expect(session).toMatchObject({ user: { email: "user@example.com" } });
  });
});

/** A browser's jar that holds the session of this request. */
async function jarOf(request: Request): Promise<CookieJar> {
  const session = await getSession(request, secret).then(required);
  const jar = new CookieJar();
  await jar.setCookie(createSessionCookie(session, secret), ORIGIN);
  return jar;
}
