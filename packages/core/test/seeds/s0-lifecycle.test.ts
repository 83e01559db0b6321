/** S0, "Session Management": session lifecycle, callbacks, storage, as printed there. What waits for other packages: see `s0.test.ts`. */
import {
  type AuthConfig,
  authenticate,
  clearSessionCookie,
  createAuth,
  createSessionCookie,
  getSession,
  signOut,
} from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { CookieJar } from "tough-cookie";
import { describe, expect, test, vi } from "vitest";
import { ask, callback, cookiePair, DAY, google, JOHN, maxAgeOf, ORIGIN, PROFILE, SECRET, START } from "./app.js";

import { signedIn, statelessConfig, stopTheClock } from "./s0-app.js";

const secret = SECRET;

stopTheClock();

describe("Session Lifecycle", () => {
  test("1. Authentication (Login)", async () => {
    const [config, request, response] = [statelessConfig(), callback(), new Response()];
    const result = await authenticate(config, request);

    // 4. Session is created
    const session = result.session;

    // 5. JWT token is signed
    // 6. Cookie is set in response
    // @ts-expect-error: S0 does not ask whether the sign-in succeeded; the types do
    const cookie = createSessionCookie(session, secret);
    response.headers.set("Set-Cookie", cookie);

    const browser = ask(cookiePair(response.headers.get("set-cookie") ?? ""));
    expect(await getSession(browser, secret)).toEqual(session);
  });

  describe("2. Session Validation (Every Request)", () => {
    async function example(request: Request) {
      // 2. getSession() extracts and verifies JWT
      const session = await getSession(request, secret);

      // 3. If valid, session data is available
      if (session) {
        // User is authenticated
        return Response.json({ user: session.user });
      }

      // 4. If invalid/expired, session is null
      return Response.json({ error: "Unauthorized" }, { status: 401 });
    }

    test("a session answers with its user, none with 401", async () => {
      const answer = await example(await signedIn());
      expect(await answer.json()).toEqual({ user: { ...JOHN, id: PROFILE.providerAccountId } });
      expect((await example(ask())).status).toBe(401);
    });
  });

  describe("3. Token Refresh (Optional)", () => {
    async function example(request: Request, response: Response) {
      const session = await getSession(request, secret);

      if (session) {
        // Check if session is close to expiring (e.g., < 7 days)
        const expiresAt = new Date(session.expires);
        const sevenDaysFromNow = new Date(Date.now() + 7 * 24 * 60 * 60 * 1000);

        if (expiresAt < sevenDaysFromNow) {
          // Create new session with extended expiration
          const newSession = {
            ...session,
            expires: new Date(Date.now() + 30 * 24 * 60 * 60 * 1000).toISOString(),
          };

          // Set new cookie
          const cookie = createSessionCookie(newSession, secret);
          response.headers.set("Set-Cookie", cookie);
        }
      }
    }

    test("a session with 24 days left is left alone", async () => {
      const [request, response] = [await signedIn(), new Response()];
      vi.setSystemTime(START + 6 * DAY * 1000);
      await example(request, response);
      expect(response.headers.get("set-cookie")).toBeNull();
    });

    test("a session with 6 days left becomes the same session with 30", async () => {
      const callbacks: AuthConfig["callbacks"] = { jwt: (token) => ({ ...token, role: "admin" }) };
      const [request, response] = [await signedIn({ ...statelessConfig(), callbacks }), new Response()];
      const before = await getSession(request, secret);

      vi.setSystemTime(START + 24 * DAY * 1000);
      await example(request, response);
      const setCookie = response.headers.get("set-cookie") ?? "";
      vi.setSystemTime(START + 53 * DAY * 1000);
      expect(await getSession(ask(cookiePair(setCookie)), secret)).toEqual({
        ...before,
        role: "admin",
        expires: new Date(START + 54 * DAY * 1000).toISOString(),
      });
      expect(maxAgeOf(setCookie)).toBe(30 * DAY);
    });
  });

  test("4. Sign Out (Logout)", async () => {
    const [request, response] = [await signedIn(), new Response()];
    await signOut(request, secret);

    // 3. Optional: Revoke token (if using adapter)
    // 4. Cookie is cleared
    const cookie = clearSessionCookie();
    response.headers.set("Set-Cookie", cookie);

    const jar = new CookieJar();
    await jar.setCookie(`${request.headers.get("cookie")}; Path=/; Secure; HttpOnly`, ORIGIN);
    await jar.setCookie(response.headers.get("set-cookie") ?? "", ORIGIN);
    expect(await jar.getCookies(ORIGIN)).toEqual([]);
  });
});

describe("Session Callbacks", () => {
  test("User Callback: Save user to database", async () => {
    const db = { user: userTable() };
    const config = {
      ...statelessConfig(),
      callbacks: {
        async user(oauthUser) {
          // Called after successful OAuth
          // oauthUser: { id, email, name, picture }

          // Save to database
          const user = await db.user.upsert({
            where: { email: oauthUser.email },
            create: {
              email: oauthUser.email,
              name: oauthUser.name,
              picture: oauthUser.picture,
            },
            update: {
              name: oauthUser.name,
              picture: oauthUser.picture,
            },
          });

          // Return user for session
          return {
            id: user.id,
            email: user.email,
            name: user.name,
            picture: user.picture,
          };
        },
      },
    } satisfies AuthConfig;

    const [first, second] = [await signedIn(config), await signedIn(config)];
    expect((await getSession(first, config))?.user).toEqual({ ...JOHN, id: "row-1" });
    expect((await getSession(second, config))?.user.id).toBe("row-1");
  });

  test("JWT Callback: Add role and permissions", async () => {
    const config = {
      ...statelessConfig(),
      callbacks: {
        jwt(token) {
          // Add custom claims to JWT payload

          // Example: Add role from database
          token.role = "admin";
          token.permissions = ["read", "write", "delete"];

          // Example: Add subscription tier
          token.subscriptionTier = "pro";

          return token;
        },
      },
    } satisfies AuthConfig;

    expect(await getSession(await signedIn(config), config)).toMatchObject({
      role: "admin",
      permissions: ["read", "write", "delete"],
      subscriptionTier: "pro",
    });
  });

  test("Session Callback: Customize session object", async () => {
    const config = {
      ...statelessConfig(),
      callbacks: {
        session(session) {
          // Add custom data to session

          // Example: Add preferences
          session.preferences = {
            theme: "dark",
            language: "en",
          };

          // Example: Add metadata
          session.metadata = {
            lastLoginAt: new Date().toISOString(),
          };

          return session;
        },
      },
    } satisfies AuthConfig;

    expect(await getSession(await signedIn(config), config)).toMatchObject({
      user: { email: "user@example.com" },
      preferences: { theme: "dark", language: "en" },
      metadata: { lastLoginAt: new Date(START).toISOString() },
    });
  });
});

describe("Session Storage", () => {
  test("Stateless (Default): tokens cannot be revoked before they expire", async () => {
    // No adapter - sessions are stateless JWT tokens
    const config = {
      // biome-ignore lint/style/noNonNullAssertion: S0 prints it so
      secret: process.env.AUTH_SECRET!,
      provider: google({
        /* ... */
      }),
      // No adapter specified
    };

    const request = await signedIn(config);
    expect((await signOut(request, config)).revoked).toBe(false);
    expect(await getSession(request, config)).toMatchObject({ type: "oauth" });
  });

  test("Stateful (With Adapter): sessions can be revoked and tracked", async () => {
    const config = {
      // biome-ignore lint/style/noNonNullAssertion: S0 prints it so
      secret: process.env.AUTH_SECRET!,
      provider: google({
        /* ... */
      }),
      adapter: memoryAdapter(), // Sessions stored in database
    };

    const request = await signedIn(config);
    const session = await getSession(request, config);
    const { sessions } = createAuth(config);
    expect(await sessions.listSessions(session?.user.id ?? "")).toMatchObject([{ id: session?.id }]);
    expect((await signOut(request, config)).revoked).toBe(true);
    expect(await getSession(request, config)).toBeNull();
  });
});

interface UserRow {
  id: string;
  email?: string | null;
  name?: string | null;
  picture?: string | null;
}

/** `db.user` of an app that has its own table. */
function userTable() {
  const rows = new Map<unknown, UserRow>();
  return {
    async upsert(query: { where: Partial<UserRow>; create: Partial<UserRow>; update: Partial<UserRow> }) {
      const known = rows.get(query.where.email);
      const row = known ? { ...known, ...query.update } : { ...query.create, id: `row-${rows.size + 1}` };
      rows.set(query.where.email, row);
      return row;
    },
  };
}
