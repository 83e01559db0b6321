/** Brings instances to their end in the middle of what they do, at every moment at which they can come to it. */
import type { Adapter } from "@latchkey/core";
import { type App, openApp, STRATEGIES } from "../engine/app.js";
import { setScene } from "../engine/operations.js";
import { ATTEMPTS_BEFORE, type Crashed, type CrashStrategy } from "./checks.js";
import type { CrashDatabase, DatabaseKind } from "./databases.js";
import { buildInstance, type DoomedInstance, DoomedInstances } from "./doomed.js";
import { type Driver, openDriver } from "./driver.js";
import { factsOf } from "./facts.js";
import type { Told } from "./instance.js";
import type { CrashOperation } from "./operations.js";

/** A database, and the processes that die on it. */
export interface World {
  database: CrashDatabase;
  /** For what happens before a crash. */
  adapter: Adapter;
  instances: DoomedInstances;
  close(): Promise<void>;
}

/** An operation with one strategy. */
export interface Case {
  operation: CrashOperation;
  strategy: CrashStrategy;
}

/** Seconds of a window of attempts. */
const WINDOW = 900;

export async function openWorld({ create }: DatabaseKind): Promise<World> {
  const [database, { script, remove }] = await Promise.all([create(), buildInstance()]);
  const driver: Driver = await openDriver(database.target);
  const instances = new DoomedInstances(script, database.target);
  return {
    database,
    adapter: driver.adapter(),
    instances,
    async close() {
      await instances.close();
      await driver.close();
      await database.drop();
      remove();
    },
  };
}

/**
 * Has an instance run each case, each time stopped one moment later, until it is answered; then kills it. The requests stand still
 * side by side, as those of an instance do that is killed while it serves many.
 *
 * @returns for each case the interrupted requests, and last the one that was answered
 */
export async function crashEverywhere(cases: readonly Case[], world: World): Promise<Crashed[][]> {
  const doomed = await world.instances.take();
  try {
    return await Promise.all(cases.map((one) => atEachMoment((at) => bringTo(at, one, world, doomed))));
  } finally {
    await doomed.kill();
  }
}

/** Brings a request to its first moment, another one like it to the second, and so on until one is answered. */
export async function atEachMoment<C extends { told: Told }>(bring: (at: number) => Promise<C>): Promise<C[]> {
  const crashes: C[] = [];
  do crashes.push(await bring(crashes.length + 1));
  while (crashes.at(-1)?.told.kind === "held");
  return crashes;
}

/**
 * {@link crashEverywhere} before each statement within the transactions of SQLite. The driver does not pause there, so that the whole
 * process stands still: every moment takes a process of its own.
 */
export async function crashInTransactions(one: Case, world: World): Promise<Crashed[]> {
  return atEachMoment(async (at) => {
    const doomed = await world.instances.take();
    try {
      return await bringTo(at, one, world, doomed, true);
    } finally {
      await doomed.kill();
    }
  });
}

/** Sets a scene and has an instance run an operation in it, up to its n-th moment. */
async function bringTo(
  at: number,
  { operation, strategy }: Case,
  { adapter, database }: World,
  doomed: DoomedInstance,
  freezes = false,
): Promise<Crashed> {
  const session = STRATEGIES[strategy];
  const app = openApp({ adapter, session });
  const scene = await setScene(app, { ...operation, wait: 0 });
  await countAttempts(app, scene.person.email);
  const before = await factsOf(database, scene);
  const told = await doomed.run({ operation: operation.name, session, scene, at, freezes });
  return { operation, scene, before, told, strategy };
}

async function countAttempts({ adapter, time }: App, identifier: string): Promise<void> {
  const [now, expires] = [new Date(time.now), new Date(time.now + WINDOW * 1000)];
  await adapter.countAttempt([{ identifier, purpose: "attempts:account", by: ATTEMPTS_BEFORE, expires, now }]);
}
