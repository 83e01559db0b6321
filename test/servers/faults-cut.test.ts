/** A connection to PostgreSQL that is cut in the middle of a statement or of its answer, at many places of every operation. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type App, outcomeOf } from "../engine/app.js";
import { OPERATIONS, type Operation, type Scene, setScene } from "../engine/operations.js";
import { type FaultWorld, openFaultWorld } from "./fault-world.js";
import { isPostgresInstalled } from "./postgres-cluster.js";

/** Bytes that arrive: none of a message, part of one, and further statements and answers of an operation. */
const PLACES = [0, 3, 40, 150, 400, 700, 1200, 2000, 4000];
const options = { timeout: 120_000, skip: !isPostgresInstalled() && !process.env.CI };

describe("a connection that is cut", options, () => {
  let world: FaultWorld;
  let app: App;
  beforeAll(async () => {
    world = await openFaultWorld();
    ({ app } = await world.populate("database", 0));
  });
  afterEach(() => world.proxy.set({ kind: "pass" }));
  afterAll(() => world?.close());

  describe.each(["client", "server"] as const)("after some bytes from the %s", (from) => {
    test.each(OPERATIONS)(
      "F-1, F-2, F-3, F-5, I5: $name: the answer is honest, and a new try comes to a good end",
      async (operation) => {
        let cuts = 0;
        for (const place of PLACES) {
          const scene = await setScene(app, operation);
          let isCut = false;
          void world.proxy.cutAfter(place, from).then(() => {
            isCut = true;
          });
          const answer = await operation.run(app, scene);
          world.proxy.set({ kind: "pass" });
          if (isCut) cuts++;
          await expectHonest(answer, operation, `cut after ${place} bytes`);
          await expectRecovery(app, operation, scene, `cut after ${place} bytes`);
        }
        expect(cuts).toBeGreaterThan(2);
      },
    );
  });
});

/** I5: either it is done, or nobody can tell; then the cookie stays, but for a sign-out, which ends in the browser whatever happens. */
async function expectHonest(answer: Response, operation: Operation, where: string): Promise<void> {
  if (answer.ok) return;
  expect(await outcomeOf(answer), where).toBe("503 unavailable");
  expect(Number(answer.headers.get("retry-after")), where).toBeGreaterThan(0);
  const cleared = [expect.stringMatching(/^auth-session=;.*Max-Age=0/)];
  expect(answer.headers.getSetCookie(), where).toEqual(operation.name === "sign-out" ? cleared : []);
}

/** F-1, I1, I10: the same request works now, and leaves what it would have left at once. */
async function expectRecovery(app: App, operation: Operation, scene: Scene, where: string): Promise<void> {
  const retried = await operation.run(app, scene);
  expect(operation.retried, where).toContain(await outcomeOf(retried));
  const cookie = operation.settle ? await operation.settle(app, scene, retried) : scene.cookie;
  if (cookie !== null) expect(await app.isSignedIn(cookie), `${where}: signed in`).toBe(true);
  // A change of the password that was done and not told leaves this one session, of whoever changed it, as it was.
  if (operation.ends && retried.ok)
    expect(await app.isSignedIn(scene.cookie), `${where}: the old session is dead`).toBe(false);
  expect(await app.isSignedIn(scene.other), `${where}: other device`).toBe(!operation.endsOther);
}
