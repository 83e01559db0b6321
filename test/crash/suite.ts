/** An instance is killed at every statement of every operation: what it had done is whole, and whoever asked can go on. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isMissing } from "../servers/databases.js";
import {
  type Aftermath,
  type Crashed,
  endStateOf,
  expectOneSuccessor,
  expectRetry,
  expectWhole,
  leftOfOldPassword,
} from "./checks.js";
import { type Case, crashEverywhere, openWorld, type World } from "./crashes.js";
import type { DatabaseKind } from "./databases.js";
import { openDriver } from "./driver.js";
import { CHANGE_BESIDE_SIGN_IN, CRASH_OPERATIONS, type CrashOperation } from "./operations.js";

/** Many requests and their retries; no test asserts a duration. */
const SLOW = 180_000;

/** Operations that one instance has under way when it is killed. */
const GROUPS: Record<string, string[]> = {
  "F-1, I4, I6, kill -9 in a sign-in": [
    "sign-up",
    "sign-in",
    "sign-in in place of a session",
    "sign-in with a wrong password",
  ],
  "F-2, I2, I8, kill -9 in a renewal or rotation": ["renewal", "refresh", "rotation"],
  "F-3, I1, kill -9 in a revocation": [
    "revocation of one",
    "revocation of the others",
    "revocation of all",
    "sign-out",
  ],
  "F-3, I1, I4, kill -9 in a change of the password": ["password change"],
};

test("every operation is killed", () => {
  expect(Object.values(GROUPS).flat().sort()).toEqual(CRASH_OPERATIONS.map(({ name }) => name).sort());
});

/** @param more Tests that only this kind of database has */
export async function describeCrashes(
  kind: DatabaseKind,
  more: (world: () => World) => void = () => {},
): Promise<void> {
  const isSkipped = kind.server !== undefined && (await isMissing(kind.server));
  describe.skipIf(isSkipped)(kind.name, () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(kind);
    }, SLOW);
    afterAll(() => world.close());

    describe.each(Object.keys(GROUPS))("%s", (group) => {
      const operations = CRASH_OPERATIONS.filter(({ name }) => GROUPS[group]?.includes(name));
      testGroup(operations, () => world);
    });
    testPasswordChange(() => world);
    more(() => world);
  });
}

function testGroup(operations: readonly CrashOperation[], world: () => World): void {
  const cases = operations.flatMap(casesOf);
  let crashes: Crashed[][];
  beforeAll(async () => {
    crashes = await crashEverywhere(cases, world());
  }, SLOW);

  test.each(cases)(
    "$operation.name, $strategy",
    async (one) => {
      await expectAllWell(crashes[cases.indexOf(one)] ?? [], world());
    },
    SLOW,
  );
}

function casesOf(operation: CrashOperation): Case[] {
  return [
    { operation, strategy: "jwt" },
    { operation, strategy: "database" },
  ];
}

function testPasswordChange(world: () => World): void {
  test(
    "R-S3, R-S10, kill -9 in a change of the password: once the new one holds, no session lives that began with the old one",
    async () => {
      const [crashes = []] = await crashEverywhere(
        [{ operation: CHANGE_BESIDE_SIGN_IN, strategy: "database" }],
        world(),
      );
      const left: string[] = [];
      for (const crashed of crashes) left.push(...(await leftOfOldPassword(crashed, world().database)));
      expect(left).toEqual([]);
    },
    SLOW,
  );
}

/** @param crashes Those that were interrupted, and last the one that was answered */
export async function expectAllWell(crashes: readonly Crashed[], { database }: World): Promise<void> {
  expect(crashes.length).toBeGreaterThan(2);
  const interrupted = crashes.slice(0, -1);
  const answered = crashes.at(-1) as Crashed;
  expect(interrupted.map(({ told }) => told.kind)).not.toContain("answered");
  expect(answered.told.kind).toBe("answered");

  // Connections that nobody has used before.
  const driver = await openDriver(database.target);
  try {
    const aftermath = { database, adapter: driver.adapter() };
    await expectWhole(answered, aftermath);
    if (answered.operation.renews) await expectOneSuccessor(answered, aftermath);
    const wanted = await endStateOf(answered, aftermath);
    await Promise.all(
      interrupted.map(async (crashed) => {
        await expectRecovery(crashed, aftermath);
        // Whether somebody is left in whose change of the password was done and not told is asked by a test of its own.
        const asking = crashed.operation.name === "password change" ? expect.any(Boolean) : wanted.asking;
        expect(await endStateOf(crashed, aftermath), crashed.told.where).toEqual({ ...wanted, asking });
      }),
    );
  } finally {
    await driver.close();
  }
}

async function expectRecovery(crashed: Crashed, aftermath: Aftermath): Promise<void> {
  const facts = await expectWhole(crashed, aftermath);
  if (crashed.operation.renews) await expectOneSuccessor(crashed, aftermath);
  await expectRetry(crashed, facts, aftermath);
}
