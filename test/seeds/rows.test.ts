/** The SDK and the app's ORM on the same rows: what one writes the other reads, and a change by the app is obeyed. */
import { createHash } from "node:crypto";
import { createId, createSessionCookie, getSession } from "@latchkey/core";
import { describe, expect, test } from "vitest";
import {
  ask,
  cookiePair,
  DAY,
  HOUR,
  handMade,
  JOHN,
  maxAgeOf,
  payloadOf,
  START,
  tokenOf,
} from "../../packages/core/test/seeds/app.js";
import { openApp, recordOf, required, writesIn } from "./app.js";
import { onEveryDatabase, STRATEGIES } from "./databases.js";
import type { SessionRow } from "./orm.js";

/** Claims that a database might spell in another way. */
const CLAIMS = {
  role: "admin",
  permissions: ["read", "write"],
  nested: { "it's": 'a "deep" \\ ü 💻', n: 0.1, none: null },
};

onEveryDatabase((database) => {
  describe.each(STRATEGIES)("strategy %s", (strategy) => {
    test("S0.39, S0.47: a row of the SDK is the ORM's: dates to the millisecond, claims as values, null as null", async () => {
      const { start, orm, clock } = await openApp(database(), strategy, { callbacks: { jwt: () => CLAIMS } });
      const { session } = await start();
      const row = await orm.find(session.id).then(required);
      const { token, ...record } = session;
      expect(recordOf(row)).toEqual(record);
      expect(row).toMatchObject({ data: CLAIMS, createdAt: clock.in(0), ipAddress: null, scopes: null });
      for (const date of ["expires", "absoluteExpires", "authenticatedAt", "createdAt", "updatedAt"] as const)
        expect(row[date]).toBeInstanceOf(Date);
    });

    test("a row that the app itself adds is a session", async () => {
      const { auth, orm, clock } = await openApp(database(), strategy);
      const { row, token } = await ownSession(clock.in(0));
      await orm.create(row);
      const opaque = ask(`auth-session=${strategy === "jwt" ? token.signed : token.opaque}`);
      expect(await auth.sessions.getSession(opaque)).toMatchObject({ session: recordOf(row), user: { id: JOHN.id } });
      expect(await auth.sessions.listSessions(JOHN.id)).toEqual([recordOf(row)]);
      expect(await auth.sessions.revokeSession(row.id)).toBe(true);
      expect(await orm.find(row.id)).toBeNull();
    });

    test("an earlier end that the app writes is obeyed, to the millisecond", async () => {
      const { auth, start, orm, clock } = await openApp(database(), strategy);
      const { request, session } = await start();
      await orm.update(session.id, { expires: clock.in(HOUR) });
      clock.advance(HOUR - 0.001);
      const { expires } = await auth.getSession(request).then(required);
      expect(expires).toBe(clock.in(0.001).toISOString());
      clock.advance(0.001);
      expect(await auth.getSession(request)).toBeNull();
      expect(await auth.sessions.refreshSession(request)).toBeNull();
    });

    test("a later end that the app writes is obeyed, never past what was signed", async () => {
      const { auth, start, orm, clock } = await openApp(database(), strategy);
      const { request, session } = await start();
      await orm.update(session.id, { expires: clock.in(60 * DAY) });
      clock.advance(31 * DAY);
      expect((await auth.getSession(request)) !== null).toBe(strategy === "database");
    });

    test("S0.46: rows that the app deletes are revoked at the next request, and nothing revives them", async () => {
      const { auth, start, orm, clock } = await openApp(database(), strategy);
      const [laptop, phone] = [await start(), await start()];
      await orm.deleteMany(JOHN.id);
      for (const { request, session } of [laptop, phone]) {
        expect(await auth.getSession(request)).toBeNull();
        clock.advance(2 * DAY);
        expect((await auth.renewSession(request)).session).toBeNull();
        expect(await auth.sessions.refreshSession(request)).toBeNull();
        expect(await orm.find(session.id)).toBeNull();
      }
    });

    test("the sessions of a user whom the app deletes go with the user", async () => {
      const { auth, start, orm } = await openApp(database(), strategy);
      const { request, session } = await start();
      await orm.deleteUser(JOHN.id);
      expect(await auth.getSession(request)).toBeNull();
      expect(await orm.find(session.id)).toBeNull();
    });

    test("S0.48: reads write nothing, and a renewal moves updatedAt once in renewEvery", async () => {
      const { auth, start, orm, clock } = await openApp(database(), strategy, { session: { renewEvery: "1d" } });
      const { request, session } = await start();
      const before = await orm.find(session.id).then(required);
      database().sent.length = 0;
      for (let read = 0; read < 5; read++) await auth.getSession(request);
      clock.advance(DAY - 0.001);
      await auth.getSession(request);
      expect((await auth.renewSession(request)).cookies).toEqual([]);
      expect(writesIn(database().sent)).toEqual([]);
      expect(await orm.find(session.id)).toEqual(before);

      clock.advance(0.001);
      await auth.getSession(request);
      expect(await orm.find(session.id)).toEqual(before);
      const { cookies } = await auth.renewSession(request);
      const renewed = { ...before, updatedAt: clock.in(0), expires: wholeSecond(clock.in(30 * DAY)) };
      expect(await orm.find(session.id)).toEqual(renewed);
      expect(maxAgeOf(cookies[0] ?? "")).toBe(30 * DAY);

      clock.advance(DAY - 0.001);
      await auth.renewSession(ask(cookiePair(cookies[0])));
      expect(await orm.find(session.id)).toEqual(renewed);
    });

    test("a refresh moves the row and the cookie, for many requests at once one time", async () => {
      const { auth, start, orm, clock } = await openApp(database(), strategy);
      const { request, session } = await start();
      clock.advance(5 * DAY);
      const refreshed = await Promise.all(Array.from({ length: 10 }, () => auth.sessions.refreshSession(request)));
      expect(new Set(refreshed.map((one) => one?.cookie)).size).toBe(1);
      const row = await orm.find(session.id).then(required);
      expect(row).toMatchObject({ createdAt: session.createdAt, updatedAt: clock.in(0) });
      expect(row.expires).toEqual(wholeSecond(clock.in(30 * DAY)));
      expect(await auth.getSession(ask(cookiePair(refreshed[0]?.cookie)))).toMatchObject({
        id: session.id,
        expires: row.expires.toISOString(),
      });
    });

    test.each([
      ["admin", 7 * DAY],
      ["member", 90 * DAY],
    ])("S0.40: cookie, session, token and row follow the exp of the jwt callback: %s", async (role, seconds) => {
      const { auth, start, orm, clock } = await openApp(database(), strategy, {
        callbacks: { jwt: (token) => ({ ...token, role, exp: Math.floor(Date.UTC(2024, 2, 4, 22) / 1000) + seconds }) },
      });
      const end = new Date(START + seconds * 1000);
      const { cookie, session, request, token } = await start();
      expect((await orm.find(session.id))?.expires).toEqual(end);
      expect(maxAgeOf(cookie)).toBe(seconds);
      expect(await auth.getSession(request)).toMatchObject({ role, expires: end.toISOString() });
      if (strategy === "jwt") expect(payloadOf(token).exp).toBe(end.getTime() / 1000);
      clock.now = end.getTime() - 1;
      expect(await auth.getSession(request)).not.toBeNull();
      clock.now = end.getTime();
      expect(await auth.getSession(request)).toBeNull();
    });
  });

  test("S0 3: a session that the app signs anew to live longer takes its row with it", async () => {
    const { auth, start, orm, clock } = await openApp(database(), "jwt");
    const { request, session } = await start();
    clock.advance(25 * DAY);
    const read = await getSession(request, auth).then(required);
    const cookie = createSessionCookie({ ...read, expires: clock.in(30 * DAY).toISOString() }, auth);
    const renewed = await getSession(ask(cookiePair(cookie)), auth);
    expect(renewed).toEqual({ ...read, expires: wholeSecond(clock.in(30 * DAY)).toISOString() });
    expect((await orm.find(session.id))?.expires).toEqual(wholeSecond(clock.in(30 * DAY)));
    expect(tokenOf(cookie)).not.toBe(tokenOf(request.headers.get("cookie") ?? ""));
  });
});

function wholeSecond(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 1000) * 1000);
}

/** A session of John's as an app adds it that knows the table: its row, and a token for each strategy. */
async function ownSession(now: Date) {
  const opaque = Buffer.alloc(32, 7).toString("base64url");
  const expires = new Date(now.getTime() + HOUR * 1000);
  const row: SessionRow = {
    ...{ id: createId(), tokenHash: createHash("sha256").update(opaque).digest("base64url"), userId: JOHN.id },
    ...{ type: "imported", expires, absoluteExpires: expires, authenticatedAt: now, createdAt: now, updatedAt: now },
    ...{ ipAddress: "2001:db8::1", userAgent: null, parentId: null, agentId: null, scopes: null, data: CLAIMS },
  };
  const times = { iat: Math.floor(now.getTime() / 1000), exp: Math.ceil(expires.getTime() / 1000) };
  const signed = await handMade({ ...CLAIMS, sub: JOHN.id, sid: row.id, type: row.type, user: JOHN, ...times });
  return { row, token: { opaque, signed } };
}
