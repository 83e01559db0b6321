/** S0, "Session Management": advanced topics, as printed there. What waits for other packages: see `s0.test.ts`. */
import { type Adapter, type AuthConfig, createAuth, getSession } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { describe, expect, test, vi } from "vitest";
import { ask, callback, cookiePair, DAY, maxAgeOf, payloadOf, START, signIn, tokenOf } from "./app.js";

import { required, statelessConfig, stopTheClock } from "./s0-app.js";

stopTheClock();

describe("Advanced Topics", () => {
  test.each([
    ["admin", 7 * DAY],
    ["member", 30 * DAY],
  ])("Custom Token Expiration: sessions of role %s last %i seconds", async (role, seconds) => {
    const config = {
      ...statelessConfig(),
      callbacks: {
        jwt(token) {
          token.role = role;
          // Admin sessions last 7 days
          if (token.role === "admin") {
            token.exp = Math.floor(Date.now() / 1000) + 7 * 24 * 60 * 60;
          }
          // Regular users: 30 days
          else {
            token.exp = Math.floor(Date.now() / 1000) + 30 * 24 * 60 * 60;
          }

          return token;
        },
      },
    } satisfies AuthConfig;

    const [setCookie = ""] = (await createAuth(config).handler(callback())).headers.getSetCookie();
    const session = await getSession(ask(cookiePair(setCookie)), config);
    expect(maxAgeOf(setCookie)).toBe(seconds);
    expect(payloadOf(tokenOf(setCookie)).exp).toBe(START / 1000 + seconds);
    expect(session?.expires).toBe(new Date(START + seconds * 1000).toISOString());
  });

  describe.each(["jwt", "database"] as const)("with strategy %s", (strategy) => {
    test("Session Revocation: Sign out user from all devices", async () => {
      const { config, prisma, requests, userId } = await twoDevices(strategy);
      // Delete all sessions for a user
      await prisma.session.deleteMany({
        where: { userId },
      });

      // User will be signed out on next request
      for (const request of requests) expect(await getSession(request, config)).toBeNull();
    });

    test("Multi-Device Sessions: List Active Sessions", async () => {
      const { config, prisma, requests, revokeSession } = await twoDevices(strategy);
      const session = await getSession(requests[0], config).then(required);

      // Fetch all active sessions for user
      const sessions = await prisma.session.findMany({
        where: {
          userId: session.user.id,
          expires: { gt: new Date() },
        },
        orderBy: { createdAt: "desc" },
      });

      // Display to user with option to revoke
      const list = sessions.map((s) => [`Device: ${s.userAgent}`, `Last Active: ${s.updatedAt.toISOString()}`]);
      expect(list).toEqual([
        ["Device: Phone", `Last Active: ${new Date(START + 60_000).toISOString()}`],
        ["Device: Laptop", `Last Active: ${new Date(START).toISOString()}`],
      ]);
      await revokeSession(sessions[0]?.id ?? "");
      expect(await getSession(requests[1], config)).toBeNull();
      expect(await getSession(requests[0], config)).toEqual(session);
    });
  });
});

/** John on a laptop, and a minute later on a phone. */
async function twoDevices(strategy: "jwt" | "database") {
  const adapter = memoryAdapter();
  const config = { ...statelessConfig(), adapter, session: { strategy } } satisfies AuthConfig;
  const auth = createAuth(config);
  const laptop = ask(await signIn(auth, { "user-agent": "Laptop" }));
  vi.setSystemTime(START + 60_000);
  const phone = ask(await signIn(auth, { "user-agent": "Phone" }));
  const { user } = await auth.getSession(laptop).then(required);
  return {
    config,
    prisma: prismaOver(adapter),
    requests: [laptop, phone] as const,
    userId: user.id,
    revokeSession: (id: string) => auth.sessions.revokeSession(id),
  };
}

/** The two queries that S0 sends past the SDK, on the rows of another database. */
function prismaOver(adapter: Adapter) {
  return {
    session: {
      deleteMany: ({ where }: { where: { userId: string } }) => adapter.deleteUserSessions(where.userId),
      findMany: ({ where }: { where: { userId: string; expires: { gt: Date } }; orderBy: { createdAt: "desc" } }) =>
        adapter.listSessions(where.userId, where.expires.gt),
    },
  };
}
