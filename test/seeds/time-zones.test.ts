/** Neither the process nor its sessions with the servers are in UTC: every instant is right to the millisecond all the same. */
import type { Dialect } from "@latchkey/core/sql";
import { afterAll, describe, expect, test, vi } from "vitest";
import { HOUR } from "../../packages/core/test/seeds/app.js";
import { openApp, recordOf, required } from "./app.js";
import { onEveryDatabase, STRATEGIES, type TimeZones } from "./databases.js";

/** Before a driver is loaded, which may ask for it once. Half an hour off the hour, with daylight saving. */
const before = vi.hoisted(() => {
  const { TZ } = process.env;
  process.env.TZ = "America/St_Johns";
  return TZ;
});
afterAll(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

const SERVER_ZONES: TimeZones = { postgresql: "America/New_York", mysql: "-03:00" };

const SHOW_ZONE: Record<Dialect, string | null> = {
  sqlite: null,
  postgresql: "SELECT current_setting('timezone') AS zone",
  mysql: "SELECT @@session.time_zone AS zone",
};

/** What the database itself makes of `createdAt`: milliseconds since 1970. In SQLite Drizzle keeps them, and Prisma text. */
const STORED: Record<Dialect, string> = {
  sqlite: `SELECT CAST(CAST(CASE typeof(createdAt) WHEN 'integer' THEN createdAt
    ELSE round((julianday(createdAt) - 2440587.5) * 86400000) END AS INTEGER) AS TEXT) AS stored FROM sessions`,
  postgresql: `SELECT (extract(epoch FROM "createdAt") * 1000)::text AS stored FROM sessions`,
  mysql: "SELECT CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', createdAt) / 1000 AS CHAR) AS stored FROM sessions",
};

const INSTANTS = [
  // instant                    why it is here
  ["2026-03-08T02:30:00.123Z", "digits that no clock in New York or St. John's has shown"],
  ["2026-11-01T01:30:00.123Z", "digits that both clocks show twice"],
  ["2026-03-08T05:29:59.999Z", "the last millisecond before the clock in St. John's goes forward"],
  ["2026-11-01T05:30:00.001Z", "half past one in New York, the first time"],
  ["2026-11-01T06:30:00.001Z", "half past one in New York, the second time"],
] as const;

test("the process is not in UTC", () => {
  expect(new Date("2026-01-01T00:00:00Z").getHours()).toBe(20);
  expect(new Date("2026-01-01T00:00:00Z").getMinutes()).toBe(30);
});

onEveryDatabase((database, dialect) => {
  const show = SHOW_ZONE[dialect];
  if (show !== null)
    test("the session with the server is not in UTC", async () => {
      expect(await database().query(show)).toEqual([{ zone: SERVER_ZONES[dialect] }]);
    });

  describe.each(STRATEGIES)("strategy %s", (strategy) => {
    test.each(INSTANTS)("%s, %s", async (instant) => {
      const { auth, clock, start, orm, list } = await openApp(database(), strategy);
      clock.now = Date.parse(instant);
      const { request, session } = await start();
      const { token, ...record } = session;

      // Written by the SDK: the same for the app, for the server and for the SDK.
      const row = await orm.find(session.id).then(required);
      expect(recordOf(row)).toEqual(record);
      expect(row).toMatchObject({ createdAt: new Date(instant), updatedAt: new Date(instant) });
      const [{ stored } = {}] = await database().query(STORED[dialect]);
      expect(Number(stored)).toBe(clock.now);
      expect((await auth.sessions.getSession(request))?.session).toEqual(record);

      // Renewed on the condition that `updatedAt` is still that instant.
      clock.advance(11);
      expect(await auth.sessions.refreshSession(request)).not.toBeNull();
      expect(await orm.find(session.id)).toMatchObject({ createdAt: new Date(instant), updatedAt: clock.in(0) });

      // Written by the app: over at that very millisecond, for the SDK and in the app's list.
      await orm.update(session.id, { expires: clock.in(HOUR + 0.456) });
      clock.advance(HOUR + 0.455);
      expect((await auth.getSession(request))?.expires).toBe(clock.in(0.001).toISOString());
      expect(await list()).toHaveLength(1);
      expect(await auth.sessions.listSessions(session.userId)).toHaveLength(1);
      clock.advance(0.001);
      expect(await auth.getSession(request)).toBeNull();
      expect(await list()).toEqual([]);
      expect(await auth.sessions.listSessions(session.userId)).toEqual([]);
    });
  });

  test("nothing is wrong with the tables in these zones", async () => {
    expect(await database().adapter.check()).toEqual([]);
  });
}, SERVER_ZONES);
