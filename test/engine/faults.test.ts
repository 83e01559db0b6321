/** A database that fails at its n-th call, for every n, in every operation: nothing is decided on ignorance, nothing is lost. */
import type { AuthError } from "@latchkey/core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type FaultMode, type FaultyAdapter, faulty } from "./adapters.js";
import { type App, openApp, outcomeOf, STRATEGIES, type StrategyName, weakPassword } from "./app.js";
import { DATABASES, type Database, type DatabaseName } from "./databases.js";
import { endsSession, OPERATIONS, type Operation, type Scene, setScene } from "./operations.js";
import { expectNoSecret } from "./secrets.js";

const provider = weakPassword();
/** The failures of a whole suite come from one address. */
const rateLimit = { perIp: 1_000_000 };

interface World {
  app: App;
  fault: FaultyAdapter;
  errors: AuthError[];
}

const rejections: unknown[] = [];
const countRejection = (reason: unknown) => rejections.push(reason);
beforeAll(() => void process.on("unhandledRejection", countRejection));
afterAll(() => void process.off("unhandledRejection", countRejection));
afterEach(() => void vi.restoreAllMocks());

/** What a strategy does with its database does not depend on which one it is. */
const PLACES: [DatabaseName, StrategyName[]][] = [
  ["memory", ["jwt", "database"]],
  ["SQLite", ["database"]],
];

describe.each(PLACES)("faults of %s", (databaseName, strategies) => {
  let database: Database;
  beforeAll(async () => {
    database = await DATABASES[databaseName]();
  });
  afterAll(() => database.close());

  describe.each(strategies)("strategy %s", (strategy) => {
    describe.each(["before", "after"] as FaultMode[])("%s the work is done", (mode) => {
      test.each(OPERATIONS)("I1, I5, I9, I10, F-1: $name", async (operation) => {
        const world = openWorld(database, strategy);
        const calls = await countCalls(operation, world);
        expect(calls).toBeGreaterThan(0);
        for (let at = 1; at <= calls; at++) await tryFault(operation, world, { at, mode });
      });
    });
  });
});

test("R-L5: no rejection went unhandled", () => expect(rejections).toEqual([]));

describe("the log", () => {
  test.each(OPERATIONS)("R-L2: $name: one line for each fault, without the driver's text", async (operation) => {
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((...line: unknown[]) => void lines.push(line.join(" ")));
    const database = await DATABASES.memory();
    const world = openWorld(database, "database", { hooks: {} });
    const calls = await countCalls(operation, world);

    for (let at = 1; at <= calls; at++) {
      const scene = await setScene(world.app, operation);
      world.fault.arm({ at, mode: "before" });
      await operation.run(world.app, scene);
      world.fault.disarm();

      expect(lines).toEqual([expect.stringMatching(/^\[latchkey\] unavailable: the database failed in \w+ < Error$/)]);
      expectNoSecret(lines, [scene.cookie, scene.other], operation.name);
      lines.length = 0;
    }
  });
});

function openWorld(database: Database, strategy: StrategyName, config: object = {}): World {
  const errors: AuthError[] = [];
  const fault = faulty(database.adapter);
  const hooks = { onError: (error: AuthError) => void errors.push(error) };
  const session = STRATEGIES[strategy];
  const app = openApp({ adapter: fault.adapter, session, provider, config: { hooks, rateLimit, ...config } });
  return { app, fault, errors };
}

/** How many calls of the adapter an operation makes when all goes well. */
async function countCalls(operation: Operation, { app, fault }: World): Promise<number> {
  const scene = await setScene(app, operation);
  fault.disarm();
  const answer = await operation.run(app, scene);
  expect(answer.ok).toBe(true);
  return fault.calls.length;
}

async function tryFault(operation: Operation, world: World, { at, mode }: { at: number; mode: FaultMode }) {
  const { app, fault, errors } = world;
  const scene = await setScene(app, operation);
  errors.length = 0;

  fault.arm({ at, mode });
  const answer = await operation.run(app, scene);
  const done = [...fault.calls];
  const failed = done[at - 1];
  fault.disarm();

  const where = `call ${at}, ${failed}`;
  await expectHonest(answer, operation, failed, where);
  await expectNothingTold(answer, errors, scene, where);
  const isEnded = endsSession(operation, done.slice(0, mode === "after" ? at : at - 1));
  expect(await app.isSignedIn(scene.cookie), `${where}: still signed in`).toBe(!isEnded);
  await expectRecovery(operation, app, scene, where);
}

/** I5: neither "yes" nor "no", and the cookie stays, but for a sign-out, which ends in the browser whatever happens (F-4). */
async function expectHonest(answer: Response, operation: Operation, failed: string | undefined, where: string) {
  const isWhole = failed === operation.survives;
  expect(await outcomeOf(answer), where).toBe(isWhole ? "200" : "503 unavailable");
  if (!isWhole) expect(Number(answer.headers.get("retry-after")), where).toBeGreaterThan(0);
  expect(answer.headers.get("cache-control") ?? "no-store", where).toBe("no-store");
  const cleared = [expect.stringMatching(/^auth-session=;.*Max-Age=0/)];
  expect(answer.headers.getSetCookie(), where).toEqual(operation.name === "sign-out" ? cleared : []);
}

/** I9; and the app is told once, by code. */
async function expectNothingTold(answer: Response, errors: readonly AuthError[], scene: Scene, where: string) {
  const cookies = [scene.cookie, scene.other];
  expectNoSecret([await answer.text(), ...answer.headers.values()], cookies, where);
  expect(
    errors.map(({ code }) => code),
    where,
  ).toEqual(["unavailable"]);
  expectNoSecret(
    errors.map(({ message }) => message),
    cookies,
    where,
  );
}

/** F-1, I1, I10: the same request works now, and leaves what it would have left at once. */
async function expectRecovery(operation: Operation, app: App, scene: Scene, where: string): Promise<void> {
  const before = await app.adapter.listSessions(scene.person.id, new Date(0));
  const retried = await operation.run(app, scene);
  expect(operation.retried, where).toContain(await outcomeOf(retried));

  const cookie = operation.settle ? await operation.settle(app, scene, retried) : scene.cookie;
  if (cookie !== null) expect(await app.isSignedIn(cookie), `${where}: signed in after the retry`).toBe(true);
  // A change of the password that was done and not told leaves this one session, of whoever changed it, as it was.
  if (operation.ends && retried.ok)
    expect(await app.isSignedIn(scene.cookie), `${where}: the old session is dead`).toBe(false);
  expect(await app.isSignedIn(scene.other), `${where}: other device`).toBe(!operation.endsOther);

  // I8: of a session that is still there the absolute end is where it was.
  for (const { id, absoluteExpires } of await app.adapter.listSessions(scene.person.id, new Date(0))) {
    const known = before.find((record) => record.id === id);
    if (known) expect(absoluteExpires, where).toEqual(known.absoluteExpires);
  }
}
