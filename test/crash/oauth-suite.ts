/** An instance is killed at every statement of what it does with providers: nothing is left by half, and whoever asked can go on. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isMissing } from "../servers/databases.js";
import type { DatabaseKind } from "./databases.js";
import { openDriver } from "./driver.js";
import { expectRetry, expectWhole } from "./oauth-checks.js";
import {
  crashOAuthEverywhere,
  type OAuthCase,
  type OAuthCrashed,
  type OAuthWorld,
  openOAuthWorld,
} from "./oauth-crashes.js";
import { OAUTH_OPERATIONS } from "./oauth-operations.js";

const STRATEGIES = ["jwt", "database"] as const;
/** Many requests and their retries; no test asserts a duration. */
const SLOW = 180_000;

/** @param more Tests that only this kind of database has */
export async function describeOAuthCrashes(
  kind: DatabaseKind,
  more: (world: () => OAuthWorld) => void = () => {},
): Promise<void> {
  const isSkipped = kind.server !== undefined && (await isMissing(kind.server));
  describe.skipIf(isSkipped)(kind.name, () => {
    let world: OAuthWorld;
    beforeAll(async () => {
      world = await openOAuthWorld(kind);
    }, SLOW);
    afterAll(() => world.close());

    describe.each(OAUTH_OPERATIONS)("F-1, I6, R-O7, R-O13, kill -9 in a $name", ({ name }) => {
      const cases = STRATEGIES.map((strategy): OAuthCase => ({ name, strategy }));
      let crashes: OAuthCrashed[][];
      beforeAll(async () => {
        crashes = await crashOAuthEverywhere(cases, world);
      }, SLOW);

      test.each(cases)("$strategy", (one) => expectAllWell(crashes[cases.indexOf(one)] ?? [], world), SLOW);
    });
    more(() => world);
  });
}

/** @param crashes Those that were interrupted, and last the one that was answered */
export async function expectAllWell(crashes: readonly OAuthCrashed[], world: OAuthWorld): Promise<void> {
  expect(crashes.length).toBeGreaterThan(2);
  expect(crashes.slice(0, -1).map(({ told }) => told.kind)).not.toContain("answered");
  const answered = crashes.at(-1)?.told;
  expect(answered?.kind === "answered" && answered.outcome).toMatch(/^[23]\d\d$/);

  // Connections that nobody has used before.
  const driver = await openDriver(world.database.target);
  try {
    const aftermath = { database: world.database, adapter: driver.adapter() };
    for (const crashed of crashes) {
      await expectWhole(crashed, aftermath);
      await expectRetry(crashed, aftermath, world);
    }
  } finally {
    await driver.close();
  }
}
