/**
 * S0's examples that have a database, as they are printed there, through Prisma on real ones. What differs: `PrismaAdapter` has a
 * package of its own, `new PrismaClient()` is given the driver that Prisma 7 asks for, and the JSX stands as the texts that it shows.
 */
import { PrismaAdapter } from "@latchkey/adapter-prisma";
import { type AuthConfig, clearSessionCookie, createAuth, getSession, signOut } from "@latchkey/core";
import { describe, expect, test, vi } from "vitest";
import { ask, google, HOUR, JOHN, START, signIn } from "../../packages/core/test/seeds/app.js";
import { required, stopTheClock } from "../../packages/core/test/seeds/s0-app.js";
import { signInTwice } from "./app.js";
import { onEveryServer, STRATEGIES, type StrategyName } from "./databases.js";
import { openPrisma, type Prisma } from "./prisma.js";

stopTheClock();

onEveryServer("Prisma", openPrisma, (database) => {
  test("Session Storage: Stateful (With Adapter)", async () => {
    const prisma = database().prisma;

    const config = {
      // biome-ignore lint/style/noNonNullAssertion: S0 prints it so
      secret: process.env.AUTH_SECRET!,
      provider: google({
        /* ... */
      }),
      adapter: PrismaAdapter(prisma), // Sessions stored in database
    };

    const auth = createAuth(config);
    const request = ask(await signIn(auth));
    const session = await getSession(request, config).then(required);
    expect(await database().orm.list(session.user.id, new Date())).toMatchObject([{ id: session.id, type: "oauth" }]);
    expect(await auth.sessions.revokeSession(session.id)).toBe(true);
    expect(await getSession(request, config)).toBeNull();
  });

  describe.each(STRATEGIES)("strategy %s", (strategy) => {
    test("4. Sign Out (Logout)", async () => {
      const { config, laptop, phone } = await twoDevices(database().prisma, strategy);
      const [request, secret, response] = [laptop, config, new Response()];

      // 1. User clicks "Sign Out"
      // 2. signOut() is called
      await signOut(request, secret);

      // 3. Optional: Revoke token (if using adapter)
      // 4. Cookie is cleared
      const cookie = clearSessionCookie();
      response.headers.set("Set-Cookie", cookie);

      expect(await getSession(laptop, config)).toBeNull();
      const session = await getSession(phone, config).then(required);
      expect(await database().orm.list(session.user.id, new Date())).toMatchObject([{ id: session.id }]);
    });

    test("Session Revocation: Sign out user from all devices", async () => {
      const prisma = database().prisma;
      const { config, laptop, phone, userId } = await twoDevices(prisma, strategy);
      for (const request of [laptop, phone]) expect(await getSession(request, config)).not.toBeNull();

      // Delete all sessions for a user
      await prisma.session.deleteMany({
        where: { userId },
      });

      // User will be signed out on next request
      for (const request of [laptop, phone]) expect(await getSession(request, config)).toBeNull();
    });

    test("Session Revocation: other users stay signed in", async () => {
      const prisma = database().prisma;
      const { config, userId } = await twoDevices(prisma, strategy);
      const jane = await signInAsJane(config);
      expect(await prisma.session.deleteMany({ where: { userId } })).toEqual({ count: 2 });
      expect(await getSession(jane, config)).not.toBeNull();
    });

    test("Multi-Device Sessions: List Active Sessions", async () => {
      const prisma = database().prisma;
      const { config, laptop, phone, revokeSession } = await twoDevices(prisma, strategy);
      const session = await getSession(laptop, config).then(required);

      // Fetch all active sessions for user
      const sessions = await prisma.session.findMany({
        where: {
          userId: session.user.id,
          expires: { gt: new Date() },
        },
        orderBy: { createdAt: "desc" },
      });

      // Display to user with option to revoke
      const shown = sessions.map((s) => ({
        key: s.id,
        lines: [`Device: ${s.userAgent}`, `Last Active: ${s.updatedAt.toISOString()}`],
        onClick: () => revokeSession(s.id),
      }));
      expect(shown.map(({ lines }) => lines)).toEqual([
        ["Device: Phone", `Last Active: ${new Date(START + 60_000).toISOString()}`],
        ["Device: Laptop", `Last Active: ${new Date(START).toISOString()}`],
      ]);
      expect(await shown[0]?.onClick()).toBe(true);
      expect(await getSession(phone, config)).toBeNull();
      expect(await getSession(laptop, config)).toEqual(session);
    });

    test("Multi-Device Sessions: what has expired and what is another user's is not in the list", async () => {
      const prisma = database().prisma;
      const { config, userId } = await twoDevices(prisma, strategy);
      await signInAsJane(config);
      const example = () =>
        prisma.session.findMany({ where: { userId, expires: { gt: new Date() } }, orderBy: { createdAt: "desc" } });
      const userAgentsAt = async (now: number) => {
        vi.setSystemTime(now);
        return (await example()).map(({ userAgent }) => userAgent);
      };

      expect(await userAgentsAt(START + HOUR * 1000 - 1)).toEqual(["Phone", "Laptop"]);
      expect(await userAgentsAt(START + HOUR * 1000)).toEqual(["Phone"]);
      expect(await userAgentsAt(START + (HOUR + 60) * 1000)).toEqual([]);
    });

    test("User Callback: Save user to database", async () => {
      const db = database().prisma;
      const config = {
        ...configOf(db, strategy),
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

      const auth = createAuth(config);
      const [first, second] = [ask(await signIn(auth)), ask(await signIn(auth))];
      const session = await getSession(first, config).then(required);
      expect(session.user).toEqual({ ...JOHN, id: expect.stringMatching(/^c[a-z0-9]{24}$/) });
      expect((await getSession(second, config))?.user).toEqual(session.user);
      expect(await database().orm.list(session.user.id, new Date())).toHaveLength(2);
    });
  });
});

function configOf(prisma: Prisma, strategy: StrategyName) {
  const session = { strategy, expiresIn: "1h" } as const;
  // biome-ignore lint/style/noNonNullAssertion: S0 prints it so
  return { secret: process.env.AUTH_SECRET!, provider: google({}), adapter: PrismaAdapter(prisma), session };
}

/** John on a laptop, and a minute later on a phone. */
async function twoDevices(prisma: Prisma, strategy: StrategyName) {
  const config = configOf(prisma, strategy);
  return { config, ...(await signInTwice(config)) };
}

async function signInAsJane(config: AuthConfig): Promise<Request> {
  const provider = google({ providerAccountId: "google-2", email: "jane@example.com" });
  return ask(await signIn(createAuth({ ...config, provider })));
}
