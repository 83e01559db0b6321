/** S1, "Session Strategies" (CONTRACT B 67 to 89), on every database: what `packages/core/test/seeds` shows of them in memory. */
import { createHash } from "node:crypto";
import { clearSessionCookie } from "@latchkey/core";
import { describe, expect, test } from "vitest";
import {
  ask,
  cookiePair,
  DAY,
  google,
  HOUR,
  JOHN,
  JOHNS_ROW,
  maxAgeOf,
  payloadOf,
  signIn,
} from "../../packages/core/test/seeds/app.js";
import { openApp, recordOf, required } from "./app.js";
import { onEveryDatabase, STRATEGIES } from "./databases.js";

onEveryDatabase((database) => {
  describe("what the cookie holds", () => {
    test("S1.68, S1.73: database: a random token, of which the row has the SHA-256", async () => {
      const { start, list } = await openApp(database(), "database");
      const { token } = await start();
      const [row] = await list();
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(row?.tokenHash).toBe(createHash("sha256").update(token).digest("base64url"));
      expect(JSON.stringify(row)).not.toContain(token);
    });

    test("S1.68, S1.69: jwt: a token that names the user, the row and the real address", async () => {
      const { start, list } = await openApp(database(), "jwt");
      const { token } = await start();
      const [row] = await list();
      expect(payloadOf(token)).toMatchObject({ sub: JOHN.id, sid: row?.id, user: { email: JOHN.email } });
      expect(JSON.stringify(row)).not.toContain(token);
    });
  });

  describe.each(STRATEGIES)("strategy %s", (strategy) => {
    test("S1.80: a session is a row with address and user agent that lives 30 days", async () => {
      const { start, list, clock } = await openApp(database(), strategy);
      const { session, cookie } = await start({ "user-agent": "Läptop 'x' \\" }, "192.0.2.7");
      const { token, ...record } = session;
      const rows = await list();
      expect(rows.map(recordOf)).toEqual([record]);
      expect(rows[0]).toMatchObject({
        ...{ userId: JOHN.id, ipAddress: "192.0.2.7", userAgent: "Läptop 'x' \\" },
        ...{ createdAt: clock.in(0), updatedAt: clock.in(0), authenticatedAt: clock.in(0) },
        expires: new Date(Math.floor(clock.now / 1000) * 1000 + 30 * DAY * 1000),
      });
      expect(maxAgeOf(cookie)).toBe(30 * DAY);
    });

    test("S1.80: no session without its user: the database refuses an unknown one", async () => {
      const { auth } = await openApp(database(), strategy);
      const creating = auth.sessions.createSession({ ...JOHN, id: "nobody" }, ask());
      await expect(creating).rejects.toMatchObject({ code: "user_not_found" });
    });

    test("S1.81: a read gives { user, session }, the records, by one SELECT", async () => {
      const { auth, start } = await openApp(database(), strategy);
      const { request, session } = await start();
      database().sent.length = 0;
      const found = await auth.sessions.getSession(request).then(required);
      expect(database().sent).toEqual([expect.stringMatching(/^\s*SELECT\b/i)]);

      const { token, ...record } = session;
      expect(found.session).toEqual(record);
      expect(found.user).toEqual(await database().adapter.getUser(JOHN.id));
    });

    test("S1.71: a cookie whose row is gone is refused, though its token has not expired", async () => {
      const { auth, start, clock } = await openApp(database(), strategy);
      const { request, session, token } = await start();
      await start();
      expect(await auth.sessions.revokeSession(session.id)).toBe(true);
      expect(await auth.sessions.revokeSession(session.id)).toBe(false);
      expect(await auth.getSession(request)).toBeNull();
      if (strategy === "jwt") expect(payloadOf(token).exp).toBeGreaterThan(clock.now / 1000);
    });

    test("S1.82: deleteSession(request) removes the row and returns the clearing cookie", async () => {
      const { auth, start, orm } = await openApp(database(), strategy);
      const { request, session } = await start();
      expect(await auth.sessions.deleteSession(request)).toBe(clearSessionCookie(auth));
      expect(await orm.find(session.id)).toBeNull();
      expect(await auth.getSession(request)).toBeNull();
    });

    test("S0.36: POST /signout removes this browser's row and no other", async () => {
      const { auth, start, list } = await openApp(database(), strategy);
      const [laptop, phone] = [await start(), await start()];
      const cookie = laptop.request.headers.get("cookie") ?? "";
      const answer = await auth.handler(ask(cookie, "/auth/signout", { method: "POST" }));
      expect(await answer.json()).toMatchObject({ success: true, revoked: true });
      expect((await list()).map(({ id }) => id)).toEqual([phone.session.id]);
    });

    test("S1.83: all sessions of a user end, but for one that is kept and those of others", async () => {
      const { auth, start } = await openApp(database(), strategy);
      await database().adapter.createUser({ ...JOHNS_ROW, id: "user-2", email: "other@example.com" });
      const other = await auth.sessions.createSession("user-2", ask());
      const [kept, ...ended] = [await start(), await start(), await start()];

      expect(await auth.sessions.revokeUserSessions(JOHN.id, { except: kept.session.id })).toBe(2);
      for (const { request } of ended) expect(await auth.getSession(request)).toBeNull();
      expect(await auth.getSession(kept.request)).not.toBeNull();
      expect(await auth.sessions.revokeUserSessions(JOHN.id)).toBe(1);
      expect(await auth.getSession(kept.request)).toBeNull();
      expect(await auth.getSession(ask(cookiePair(other.cookie)))).not.toBeNull();
    });

    test.each([
      ["30 days unless configured", undefined, 30 * DAY],
      ["expiresIn", "1h", HOUR],
    ])("S1.86: a session ends at the instant that its row says: %s", async (_rule, expiresIn, seconds) => {
      const session = expiresIn === undefined ? {} : { expiresIn };
      const { auth, start, list, clock } = await openApp(database(), strategy, { session });
      const { request, session: started } = await start();
      clock.now = started.expires.getTime() - 1;
      expect(await auth.getSession(request)).not.toBeNull();
      expect(await list()).toHaveLength(1);
      clock.now += 1;
      expect(await auth.getSession(request)).toBeNull();
      expect(await list()).toEqual([]);
      expect(seconds).toBe((started.expires.getTime() - Math.floor(started.createdAt.getTime() / 1000) * 1000) / 1000);
      expect(await auth.sessions.deleteExpired()).toBe(0);
      clock.now += 1;
      expect(await auth.sessions.deleteExpired()).toBe(1);
    });

    test("S1.87: GET /sessions displays the devices, newest first", async () => {
      const { auth, start, clock } = await openApp(database(), strategy);
      await start({ "user-agent": "Laptop" });
      clock.advance(0.001);
      const { request } = await start({ "user-agent": "Phone" }, "192.0.2.7");
      const answer = await auth.handler(ask(request.headers.get("cookie") ?? "", "/auth/sessions"));
      expect((await answer.json()).sessions).toMatchObject([
        { userAgent: "Phone", ipAddress: "192.0.2.7", current: true, createdAt: clock.in(0).toISOString() },
        { userAgent: "Laptop", ipAddress: null, current: false, createdAt: clock.in(-0.001).toISOString() },
      ]);
    });

    test("S1.89: whoever comes through a provider is one user, with a session for each sign-in", async () => {
      const provider = google({ email: "jane@example.com" });
      const { auth, clock, orm } = await openApp(database(), strategy, { provider });
      const laptop = await auth.getSession(ask(await signIn(auth, { "user-agent": "Laptop" }))).then(required);
      clock.advance(1);
      const phone = await auth.getSession(ask(await signIn(auth, { "user-agent": "Phone" }))).then(required);
      expect(phone.user).toEqual(laptop.user);
      expect(await orm.list(laptop.user.id, clock.in(0))).toMatchObject([
        { id: phone.id, type: "oauth", userAgent: "Phone" },
        { id: laptop.id, type: "oauth", userAgent: "Laptop" },
      ]);
    });
  });
});
