/**
 * The code examples of S0, "Session Management", as they are printed there, with `@latchkey/core` as the package name. What an
 * example takes for granted (`config`, `request`, `response`, `secret`, `db`, `process.env.AUTH_SECRET`) stands around it.
 * Here tokens and cookies; `s0-lifecycle`, `s0-practices` and `s0-advanced` have the rest.
 *
 * Examples that wait for another package; what core can do of them runs here:
 * - `PrismaAdapter(prisma)`, `prisma.session.deleteMany`, `prisma.session.findMany`: `@latchkey/adapter-prisma`. Here
 *   `memoryAdapter()`, and a `prisma` of a few lines that reaches the same rows without the SDK.
 * - `google({ … })` from a package: `@latchkey/providers`. Here the small real provider of `app.ts`.
 * - `NextResponse`: `@latchkey/next`. Here a stand-in of two functions.
 * - the JSX of "List Active Sessions", `useAuth()`: `@latchkey/react`. Here the same rows as texts.
 * - `document.cookie` in a real browser: the tests of the example app. Here a strict cookie jar that is asked as a script asks.
 */
import {
  type AuthConfig,
  authenticate,
  clearSessionCookie,
  createAuth,
  createSessionCookie,
  getSession,
} from "@latchkey/core";
import { jwtVerify } from "jose";
import { CookieJar } from "tough-cookie";
import { describe, expect, test, vi } from "vitest";
import {
  ask,
  callback,
  cookiePair,
  cookieParts,
  DAY,
  JOHN,
  ORIGIN,
  PROFILE,
  payloadOf,
  SECRET,
  START,
  tokenOf,
} from "./app.js";

import { required, signedIn, statelessConfig, stopTheClock } from "./s0-app.js";

const secret = SECRET;

stopTheClock();

describe("Token Structure", () => {
  test("a token has the printed header; the printed header and payload decode to what S0 says", () => {
    const printed =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyIjp7ImlkIjoiMSIsImVtYWlsIjoidXNlckBleGFtcGxlLmNvbSJ9LCJpYXQiOjE3MDk1ODk2MDAsImV4cCI6MTcxMjE4MTYwMH0.signature-hash";
    const token = tokenOf(createSessionCookie({ user: JOHN, expires: new Date(START + DAY * 1000) }, secret));
    expect(token.split(".")).toHaveLength(3);
    expect(token.split(".")[0]).toBe(printed.split(".")[0]);
    expect(payloadOf(printed)).toEqual({
      user: { id: "1", email: "user@example.com" },
      iat: 1709589600,
      exp: 1712181600,
    });
  });
});

describe("Token Payload", () => {
  test("user information, standard claims, and custom claims from the jwt callback", async () => {
    const config: AuthConfig = {
      ...statelessConfig(),
      callbacks: { jwt: (token) => ({ ...token, role: "admin", subscriptionTier: "pro" }) },
    };
    const request = await signedIn(config);
    expect(payloadOf(tokenOf(request.headers.get("cookie") ?? ""))).toMatchObject({
      // User information
      user: { id: PROFILE.providerAccountId, email: "user@example.com", name: "John Doe", picture: JOHN.picture },
      // Standard JWT claims
      iat: 1709589600, // Issued at (timestamp)
      exp: 1712181600, // Expiration (timestamp)
      // Custom claims (from jwt callback)
      role: "admin",
      subscriptionTier: "pro",
    });
  });
});

describe("Token Creation", () => {
  async function example(config: AuthConfig, request: Request, response: Response) {
    const result = await authenticate(config, request);

    if (result.session) {
      // Token is signed with your AUTH_SECRET
      const cookie = createSessionCookie(result.session, config.secret);

      // Set the cookie in the response
      response.headers.set("Set-Cookie", cookie);
    }
    return result;
  }

  test("a finished sign-in becomes a cookie, signed with the secret", async () => {
    const response = new Response();
    await example(statelessConfig(), callback(), response);
    const token = tokenOf(response.headers.get("set-cookie") ?? "");
    const { payload } = await jwtVerify(token, new TextEncoder().encode(SECRET), { algorithms: ["HS256"] });
    expect(payload).toMatchObject({ type: "oauth", user: { email: "user@example.com" } });
  });

  test("a failed sign-in yields an error code and no cookie", async () => {
    const response = new Response();
    const result = await example(statelessConfig(), new Request(`${ORIGIN}/auth/callback/google?code=wrong`), response);
    expect(result).toEqual({ error: "invalid_credentials" });
    expect(response.headers.get("set-cookie")).toBeNull();
  });
});

describe("Token Verification", () => {
  async function example(request: Request) {
    // Automatically verifies signature and expiration
    const session = await getSession(request, secret);

    if (session) {
      // Token is valid and not expired
      console.log(session.user.email);
    } else {
      // Token is invalid, expired, or missing
      return Response.json({ error: "Unauthorized" }, { status: 401 });
    }
  }

  test("a valid token gives the user", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    expect(await example(await signedIn())).toBeUndefined();
    expect(log.mock.calls).toEqual([["user@example.com"]]);
  });

  test("an invalid, expired or missing token gives 401", async () => {
    const request = await signedIn();
    const forged = ask((request.headers.get("cookie") ?? "").replace(/.$/, (last) => (last === "A" ? "B" : "A")));
    vi.setSystemTime(START + 30 * DAY * 1000);
    for (const refused of [forged, request, ask()]) {
      const answer = await example(refused);
      expect([answer?.status, await answer?.json()]).toEqual([401, { error: "Unauthorized" }]);
    }
  });
});

describe("Cookie Attributes", () => {
  test("the cookie has the printed defaults", async () => {
    const printed = {
      name: "auth-session", // Cookie name
      httpOnly: true, // Not accessible via JavaScript
      secure: true, // HTTPS only (production)
      sameSite: "lax", // CSRF protection
      maxAge: 60 * 60 * 24 * 30, // 30 days in seconds
      path: "/", // Available on all routes
    };
    const [setCookie = ""] = (await createAuth(statelessConfig()).handler(callback())).headers.getSetCookie();
    const jar = new CookieJar();
    const { key, httpOnly, secure, sameSite, maxAge, path } = await jar.setCookie(setCookie, ORIGIN).then(required);
    expect({ name: key, httpOnly, secure, sameSite, maxAge, path }).toEqual(printed);
  });
});

describe("Creating a Session Cookie", () => {
  function example() {
    const session = {
      user: {
        id: "user-123",
        email: "user@example.com",
        name: "John Doe",
      },
      expires: new Date(Date.now() + 30 * 24 * 60 * 60 * 1000).toISOString(),
    };

    // biome-ignore lint/style/noNonNullAssertion: S0 prints it so
    const cookie = createSessionCookie(session, process.env.AUTH_SECRET!);
    return { session, cookie };
  }

  test("the hand-made session gives the printed cookie string, and is read again", async () => {
    const { session, cookie } = example();
    const printed = "auth-session=<jwt-token>; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=2592000";
    expect(cookieParts(cookie.replace(tokenOf(cookie), "<jwt-token>"))).toEqual(cookieParts(printed));
    expect(await getSession(ask(cookiePair(cookie)), secret)).toMatchObject(session);
  });
});

describe("Clearing a Session Cookie", () => {
  test("gives the printed cookie string, with a date in the past for clients that do not know Max-Age", () => {
    const cookie = clearSessionCookie();
    const printed = "auth-session=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0";
    const past = "Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    expect(cookieParts(cookie)).toEqual(cookieParts(`${printed}; ${past}`));
  });
});
