/** The databases that the seeds' examples run on, and the two strategies. */
import type { Dialect } from "@latchkey/core/sql";
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { isMissing } from "../servers/databases.js";
import { openDrizzle } from "./drizzle.js";
import type { OpenDatabase, OpenOptions } from "./orm.js";
import { openPrisma } from "./prisma.js";

export const STRATEGIES = ["database", "jwt"] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** Opens an empty database with Latchkey's tables. */
type Opener<D extends OpenDatabase> = (dialect: Dialect, options?: OpenOptions) => Promise<D>;

const ORMS: readonly [name: string, open: Opener<OpenDatabase>][] = [
  ["Drizzle", openDrizzle],
  ["Prisma", openPrisma],
];

const SERVERS: readonly { dialect: Dialect; name: string; missing: boolean }[] = [
  { dialect: "sqlite", name: "SQLite", missing: false },
  { dialect: "postgresql", name: "PostgreSQL", missing: await isMissing("PostgreSQL") },
  { dialect: "mysql", name: "MariaDB", missing: await isMissing("MariaDB") },
];

/** Milliseconds for opening a database, with the generation of clients that comes first on a fresh clone. */
const SLOW_OPENING = 180_000;

/** Time zone of the sessions with each server; SQLite has none. */
export type TimeZones = Partial<Record<Dialect, string>>;

/** Tests on every database through every ORM. */
export function onEveryDatabase(
  tests: (database: () => OpenDatabase, dialect: Dialect) => void,
  timeZones?: TimeZones,
): void {
  for (const [name, open] of ORMS) onEveryServer(name, open, tests, timeZones);
}

/**
 * Tests on every database through one ORM. Where a server is missing they are skipped by name; in CI they fail.
 *
 * @param tests Given the database, which is open in each test and empty at its start
 */
export function onEveryServer<D extends OpenDatabase>(
  orm: string,
  open: Opener<D>,
  tests: (database: () => D, dialect: Dialect) => void,
  timeZones?: TimeZones,
): void {
  for (const { dialect, name, missing } of SERVERS) {
    const timeZone = timeZones?.[dialect];
    describe.skipIf(missing)(`${orm} on ${name}`, () => {
      let opened: D;
      beforeAll(async () => {
        opened = await open(dialect, timeZone === undefined ? {} : { timeZone });
      }, SLOW_OPENING);
      beforeEach(async () => {
        await opened.orm.clear();
        opened.sent.length = 0;
      });
      afterAll(() => opened?.close());
      tests(() => opened, dialect);
    });
  }
}
