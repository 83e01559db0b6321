/** Instants where server and session have a time zone of their own. */
import { createTablesSql } from "@latchkey/core/sql";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { PrismaPg } from "@prisma/adapter-pg";
import { expect, test } from "vitest";
import { PrismaAdapter } from "../src/index.js";
import { describeOn, openDatabase, type Target, type TestDatabase, targetOf } from "./clients.js";
import { after, session, user } from "./records.js";

/** Digits that no clock in New York has ever shown, and digits that it shows twice. */
const LOST = new Date("2026-03-08T02:30:00.123Z");
const TWICE = new Date("2026-11-01T01:30:00.123Z");

const inNewYork: Target = {
  ...targetOf("postgresql"),
  name: "Prisma 7 on PostgreSQL, session in New York",
  driverAdapter: (connectionString) => new PrismaPg({ connectionString, options: "-c TimeZone=America/New_York" }),
};
const inBrazil: Target = {
  ...targetOf("mysql"),
  name: "Prisma 7 on MariaDB, session three hours behind UTC",
  driverAdapter(url) {
    const { hostname, port, username, password, pathname } = new URL(url);
    const login = { host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) };
    return new PrismaMariaDb({ ...login, initSql: "SET time_zone = '-03:00'" });
  },
};
const timestamptz = createTablesSql("postgresql", "drizzle");

async function withDatabase(
  target: Target,
  tables: string[] | undefined,
  work: (opened: TestDatabase) => Promise<void>,
) {
  const opened = await openDatabase(target, tables ? { tables } : {});
  try {
    await work(opened);
  } finally {
    await opened.close();
  }
}

/** Writes each instant by the adapter and by Prisma, and reads it by both. */
async function expectExact({ prisma }: TestDatabase): Promise<void> {
  const adapter = PrismaAdapter(prisma);
  await adapter.createUser(user("ann"));
  for (const [index, instant] of [LOST, TWICE].entries()) {
    const [byAdapter, byPrisma] = [
      session(`a${index}`, { updatedAt: instant }),
      session(`p${index}`, { updatedAt: instant }),
    ];
    await adapter.createSession(byAdapter);
    await prisma.session.create({ data: { ...byPrisma } });
    expect(await prisma.session.findUnique({ where: { id: byAdapter.id } })).toMatchObject({ updatedAt: instant });
    expect(await adapter.getSession({ id: byPrisma.id })).toMatchObject({ session: { updatedAt: instant } });
    expect(await adapter.updateSession(byPrisma.id, { type: "x" }, { updatedAt: instant })).not.toBeNull();
    expect(await adapter.updateSession(byPrisma.id, { type: "x" }, { updatedAt: after(0) })).toBeNull();
  }
}

const storedUtc = (opened: TestDatabase, sql: string) => opened.database.query(sql).then(([row]) => row?.stored);

describeOn(inNewYork, (target) => {
  test("TIMESTAMP(3), as our own tables have it, keeps UTC digits whatever the session's time zone", () =>
    withDatabase(target, undefined, async (opened) => {
      await expectExact(opened);
      expect(await PrismaAdapter(opened.prisma).check()).toEqual([]);
      const stored = await storedUtc(opened, `SELECT "updatedAt"::text AS stored FROM sessions WHERE id = 'a0'`);
      expect(stored).toBe("2026-03-08 02:30:00.123");
    }));

  test("TIMESTAMPTZ(3) is named by check(), because Prisma loses the session's offset", () =>
    withDatabase(target, timestamptz, async (opened) => {
      const problems = await PrismaAdapter(opened.prisma).check();
      expect(problems).toContainEqual(expect.stringContaining("TimeZone=UTC"));
    }));
});

describeOn(targetOf("postgresql"), (target) => {
  test("TIMESTAMPTZ(3) is right in a session in UTC", () =>
    withDatabase(
      {
        ...target,
        driverAdapter: (connectionString) => new PrismaPg({ connectionString, options: "-c TimeZone=UTC" }),
      },
      timestamptz,
      async (opened) => {
        await expectExact(opened);
        expect(await PrismaAdapter(opened.prisma).check()).toEqual([]);
        const stored = await storedUtc(
          opened,
          `SELECT ("updatedAt" AT TIME ZONE 'UTC')::text AS stored FROM sessions WHERE id = 'a0'`,
        );
        expect(stored).toBe("2026-03-08 02:30:00.123");
      },
    ));
});

describeOn(inBrazil, (target) => {
  test("DATETIME(3) keeps UTC digits whatever the session's time zone", () =>
    withDatabase(target, undefined, async (opened) => {
      await expectExact(opened);
      const stored = await storedUtc(opened, "SELECT CAST(updatedAt AS CHAR) AS stored FROM sessions WHERE id = 'a0'");
      expect(stored).toBe("2026-03-08 02:30:00.123");
    }));
});
