/** A PostgreSQL that is stopped, frozen, slow, cut off or read-only: nobody is let in for it, and nobody is signed out. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addPerson, countsOf, outcomeOf, outcomesOf, PASSWORD, requestFor, type StrategyName } from "../engine/app.js";
import { inBatches } from "./batches.js";
import {
  askAll,
  cookieChanges,
  type FaultWorld,
  openFaultWorld,
  type Population,
  statesAfterRecovery,
} from "./fault-world.js";
import { isPostgresInstalled } from "./postgres-cluster.js";

const NEED_TRUTH = ["GET /session", "POST /session/refresh", "GET /sessions", "POST /sessions/revoke-others"];
const FAULT_TIMEOUT = 120_000;
const rejections: unknown[] = [];
const countRejection = (reason: unknown) => rejections.push(reason);

const options = { timeout: FAULT_TIMEOUT, skip: !isPostgresInstalled() && !process.env.CI };

describe("a PostgreSQL of the test's own", options, () => {
  let world: FaultWorld;
  beforeAll(async () => {
    process.on("unhandledRejection", countRejection);
    world = await openFaultWorld();
  });
  afterAll(async () => {
    await world?.close();
    process.off("unhandledRejection", countRejection);
    expect(rejections, "R-L5: unhandled rejections").toEqual([]);
  });

  describe.each(["database", "jwt"] as StrategyName[])("strategy %s", (strategy) => {
    let population: Population;
    beforeEach(async () => {
      population = await world.populate(strategy);
    });
    afterEach(() => world.proxy.set({ kind: "pass" }));

    test.each(faultsFor(strategy))(
      "F-4, F-5, F-6, I5, I10: $name: 503 on what needs truth, cookies as they were, then everybody is signed in",
      async ({ begin, end }) => {
        const { app, cookies } = population;
        const leaver = await app.start(await addPerson(app.adapter));
        await begin(world);
        const asked = askAll(population, NEED_TRUTH);
        // Who has no cookie is anonymous; no database is needed to know that.
        expect(await (await app.ask("GET /session")).json()).toEqual({ session: null });
        const answers = await asked;
        const signedOut = await app.ask("POST /signout", { cookie: leaver });
        await end(world);

        expect(await outcomesOf(answers)).toEqual({ "503 unavailable": cookies.length });
        expect(answers.filter(({ headers }) => !(Number(headers.get("retry-after")) > 0))).toEqual([]);
        expect(cookieChanges(answers)).toEqual({ set: [], cleared: 0 });
        // Never a false success; the browser forgets its cookie all the same.
        expect(await outcomeOf(signedOut)).toBe("503 unavailable");
        expect(cookieChanges([signedOut])).toEqual({ set: [], cleared: 1 });
        expect(countsOf(await statesAfterRecovery(population))).toEqual({ yes: cookies.length });
      },
    );

    test("F-29: read-only: sessions are read and lists shown, writes answer 503, no renewal is granted that is not stored", async () => {
      const { app, cookies } = population;
      const { email } = await addPerson(app.adapter);
      const endsBefore = await ends(population);

      await world.cluster.readOnly(true);
      const reads = await askAll(population, ["GET /session"]);
      const lists = await askAll(population, ["GET /sessions"], 20);
      const writes = await askAll(population, ["POST /session/refresh", "POST /sessions/revoke-others"], 20);
      const signIn = await app.ask("POST /signin/password", { json: { email, password: PASSWORD } });
      const signOut = await app.ask("POST /signout", { cookie: cookies[0] });
      const endsDuring = await ends(population);
      await world.cluster.readOnly(false);

      expect(await outcomesOf([...reads, ...lists])).toEqual({ 200: cookies.length + 20 });
      expect(await shownEnds(reads)).toEqual(endsBefore);
      expect(endsDuring).toEqual(endsBefore);
      expect(await outcomesOf([...writes, signIn, signOut])).toEqual({ "503 unavailable": 22 });
      expect(cookieChanges([...reads, ...lists, ...writes, signIn])).toEqual({ set: [], cleared: 0 });
      expect(cookieChanges([signOut])).toEqual({ set: [], cleared: 1 });

      // Writable again: the renewals that were left are made now.
      const renewed = await askAll(population, ["GET /session"]);
      expect(await outcomesOf(renewed)).toEqual({ 200: cookies.length });
      expect(cookieChanges(renewed).set).toHaveLength(cookies.length);
      const later = (await shownEnds(renewed)).filter((end, index) => end > (endsBefore[index] as string));
      expect(later).toHaveLength(cookies.length);
    });
  });

  describe("strategy database", () => {
    let population: Population;
    beforeEach(async () => {
      population = await world.populate("database");
    });
    afterEach(() => world.proxy.set({ kind: "pass" }));

    test("F-5: frozen for a moment: everybody gets the answer that they wait for", async () => {
      world.cluster.freeze();
      const asked = askAll(population, ["GET /session"]);
      world.cluster.thaw();

      expect(await outcomesOf(await asked)).toEqual({ 200: population.cookies.length });
    });

    test("F-5: connections that a router forgot are replaced: nobody is signed out, and all come in again", async () => {
      world.proxy.forget();
      const known = world.proxy.accepted;

      const answers = await askAll(population, NEED_TRUTH);

      expect(cookieChanges(answers.filter(({ ok }) => !ok))).toEqual({ set: [], cleared: 0 });
      expect(Object.keys(await outcomesOf(answers)).sort()).toEqual(["503 unavailable"]);
      expect(countsOf(await statesAfterRecovery(population))).toEqual({ yes: population.cookies.length });
      expect(world.proxy.accepted).toBeGreaterThan(known);
    });

    test("F-5: frozen: of 500 more requests few reach the database, and none waits behind the others", async () => {
      const { calls } = population;
      const callCount = () => Object.values(calls).reduce((sum, count) => sum + count, 0);
      world.cluster.freeze();
      const first = await askAll(population, ["GET /session"], 500);
      const before = callCount();

      const second = await askAll(population, ["GET /session"], 500);
      const tried = callCount() - before;
      world.cluster.thaw();

      expect(await outcomesOf([...first, ...second])).toEqual({ "503 unavailable": 1000 });
      expect(tried).toBeLessThanOrEqual(20);
      expect(countsOf(await statesAfterRecovery(population))).toEqual({ yes: population.cookies.length });
    });
  });
});

interface Fault {
  name: string;
  /** True when the database says nothing at all, so that each answer takes until the deadline. */
  isSilent: boolean;
  begin(world: FaultWorld): Promise<void> | void;
  end(world: FaultWorld): Promise<void> | void;
}

const pass = ({ proxy }: FaultWorld) => proxy.set({ kind: "pass" });

const FAULTS: readonly Fault[] = [
  {
    name: "stopped",
    isSilent: false,
    begin: ({ cluster }) => cluster.stop("fast"),
    end: ({ cluster }) => cluster.start(),
  },
  {
    name: "crashed",
    isSilent: false,
    begin: ({ cluster }) => cluster.stop("immediate"),
    end: ({ cluster }) => cluster.start(),
  },
  { name: "cut off", isSilent: false, begin: ({ proxy }) => proxy.set({ kind: "cut" }), end: pass },
  { name: "frozen", isSilent: true, begin: ({ cluster }) => cluster.freeze(), end: ({ cluster }) => cluster.thaw() },
  { name: "slow by 30 s", isSilent: true, begin: ({ proxy }) => proxy.set({ kind: "delay", ms: 30_000 }), end: pass },
  { name: "behind a blackhole", isSilent: true, begin: ({ proxy }) => proxy.set({ kind: "blackhole" }), end: pass },
];

/** What says nothing is waited for once: to a database that is silent the strategies are alike. */
function faultsFor(strategy: StrategyName): Fault[] {
  return FAULTS.filter(({ isSilent }) => strategy === "database" || !isSilent);
}

/** When the sessions end that answers show. */
async function shownEnds(answers: readonly Response[]): Promise<string[]> {
  const bodies = answers.map((answer) => answer.json() as Promise<{ session: { expires: string } }>);
  return (await Promise.all(bodies)).map(({ session }) => session.expires);
}

/** When each session ends, as the database has it. */
async function ends({ app, cookies }: Population): Promise<(string | undefined)[]> {
  return inBatches(
    cookies,
    10,
    async (cookie) => (await app.auth.getSession(requestFor("GET /session", { cookie })))?.expires,
  );
}
