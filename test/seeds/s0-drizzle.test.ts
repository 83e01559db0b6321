/** S0's examples that have a database, through Drizzle on real ones: its two Prisma queries as an app writes them with Drizzle. */
import { DrizzleAdapter } from "@latchkey/adapter-drizzle";
import { createAuth, getSession, signOut } from "@latchkey/core";
import { and, desc, eq, gt } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { ask, google, HOUR, START, signIn } from "../../packages/core/test/seeds/app.js";
import { required, stopTheClock } from "../../packages/core/test/seeds/s0-app.js";
import { signInTwice } from "./app.js";
import { onEveryServer, STRATEGIES, type StrategyName } from "./databases.js";
import { openDrizzle, type Queries } from "./drizzle.js";

stopTheClock();

onEveryServer("Drizzle", openDrizzle, (database) => {
  test("Session Storage: Stateful (With Adapter)", async () => {
    const { db } = database();

    const config = {
      // biome-ignore lint/style/noNonNullAssertion: S0 prints it so
      secret: process.env.AUTH_SECRET!,
      provider: google({
        /* ... */
      }),
      adapter: DrizzleAdapter(db), // Sessions stored in database
    };

    const request = ask(await signIn(createAuth(config)));
    const session = await getSession(request, config).then(required);
    expect(await database().orm.list(session.user.id, new Date())).toMatchObject([{ id: session.id, type: "oauth" }]);
    expect((await signOut(request, config)).revoked).toBe(true);
    expect(await getSession(request, config)).toBeNull();
  });

  describe.each(STRATEGIES)("strategy %s", (strategy) => {
    test("Session Revocation: Sign out user from all devices", async () => {
      const { db, tables } = database();
      const { config, laptop, phone, userId } = await twoDevices(db, strategy);
      for (const request of [laptop, phone]) expect(await getSession(request, config)).not.toBeNull();

      // Delete all sessions for a user
      await db.delete(tables.sessions).where(eq(tables.sessions.userId, userId));

      // User will be signed out on next request
      for (const request of [laptop, phone]) expect(await getSession(request, config)).toBeNull();
    });

    test("Multi-Device Sessions: List Active Sessions", async () => {
      const { db, tables } = database();
      const { config, laptop, phone, revokeSession } = await twoDevices(db, strategy);
      const session = await getSession(laptop, config).then(required);

      // Fetch all active sessions for user
      const example = () =>
        db
          .select()
          .from(tables.sessions)
          .where(and(eq(tables.sessions.userId, session.user.id), gt(tables.sessions.expires, new Date())))
          .orderBy(desc(tables.sessions.createdAt));
      const sessions = await example();

      expect(sessions.map((s) => [`Device: ${s.userAgent}`, `Last Active: ${s.updatedAt.toISOString()}`])).toEqual([
        ["Device: Phone", `Last Active: ${new Date(START + 60_000).toISOString()}`],
        ["Device: Laptop", `Last Active: ${new Date(START).toISOString()}`],
      ]);
      vi.setSystemTime(START + HOUR * 1000 - 1);
      expect(await example()).toHaveLength(2);
      vi.setSystemTime(START + HOUR * 1000);
      expect((await example()).map(({ userAgent }) => userAgent)).toEqual(["Phone"]);

      for (const s of await example()) await revokeSession(s.id);
      expect(await getSession(phone, config)).toBeNull();
      expect(await example()).toEqual([]);
    });
  });
});

/** John on a laptop, and a minute later on a phone. */
async function twoDevices(db: Queries["db"], strategy: StrategyName) {
  const session = { strategy, expiresIn: "1h" } as const;
  // biome-ignore lint/style/noNonNullAssertion: S0 prints it so
  const config = { secret: process.env.AUTH_SECRET!, provider: google({}), adapter: DrizzleAdapter(db), session };
  return { config, ...(await signInTwice(config)) };
}
