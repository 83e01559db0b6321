/** What every test needs of a database, and the rule for those that are not there. */
import type { AdapterUnderTest } from "@latchkey/core/testkit";
import { afterAll, beforeAll, describe } from "vitest";
import type { DrizzleDatabase } from "../src/index.js";

/** A statement as the driver was sent it. */
export interface Sent {
  sql: string;
  args: unknown[];
}

export interface TestDatabase<D extends DrizzleDatabase = DrizzleDatabase> extends AdapterUnderTest {
  db: D;
  /** What the driver was sent since the tables were there and empty. */
  sent: Sent[];
  /** The app's own SQL, which `sent` does not show. */
  rows(query: string, args?: unknown[]): Promise<Record<string, unknown>[]>;
}

/** One driver on one database server. */
export interface Target<D extends DrizzleDatabase = DrizzleDatabase> {
  name: string;
  /** Why it cannot be tried here; null where it can. */
  missing: string | null;
  /** On empty tables, for each test anew. */
  open(): Promise<TestDatabase<D>>;
}

const cleanUps: (() => Promise<unknown>)[] = [];

// Here, where the file is loaded: what a running test registers is never called.
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

/** Does this when the tests of the file are done; what came last goes first. */
export function atEnd(cleanUp: () => Promise<unknown>): void {
  cleanUps.push(cleanUp);
}

/** Milliseconds in which a database must be up; PGlite takes its time on a machine that has other things to do. */
const START_TIMEOUT = 180_000;

/** Tests on a database. Where it is missing they are reported as skipped, by name; on the project's own machines they fail. */
export function describeOn<D extends DrizzleDatabase>(target: Target<D>, tests: (target: Target<D>) => void): void {
  const isSkipped = target.missing !== null && process.env.CI !== "true";
  describe.skipIf(isSkipped)(isSkipped ? `${target.name} (${target.missing})` : target.name, () => {
    beforeAll(async () => (await target.open()).close(), START_TIMEOUT);
    tests(target);
  });
}

/** @returns null when `attempt` succeeds, else what it says */
export async function whyNot(attempt: () => Promise<unknown>): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    return `cannot be reached: ${error instanceof Error ? error.message || error.name : error}`.split("\n", 1)[0] ?? "";
  }
}

/** Notes each call of a method that takes the statement first and its values second. */
export function record<T extends object>(target: T, method: keyof T, note: (...args: unknown[]) => void): void {
  const original = target[method] as (...args: unknown[]) => unknown;
  Object.assign(target, {
    [method]: (...args: unknown[]) => {
      note(...args);
      return Reflect.apply(original, target, args);
    },
  });
}
