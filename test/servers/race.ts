/** What each race between processes needs: a database, instances of the app on it, and an app of the test's own to judge by. */
import { oidc } from "@latchkey/providers/oauth";
import { type App, countsOf, openApp } from "../engine/app.js";
import { clockFrom, machineTime } from "./clock.js";
import { createDatabase, type ServerDatabase, type ServerName } from "./databases.js";
import type { Entry, History } from "./history.js";
import { buildInstance, Instance } from "./instances.js";
import { openAdapter } from "./open.js";
import type { Answered, AppSettings, Outcome, Settings, Task } from "./tasks.js";

/** To the database, of each process. */
const CONNECTIONS = 5;
/** Milliseconds: a race of 10,000 operations takes its time on a small machine that has more to do. */
export const RACE_TIMEOUT = 180_000;

/** A database that several processes can open. */
export type RaceDatabase = Omit<ServerDatabase, "server">;

export interface Race<D extends RaceDatabase = ServerDatabase> {
  database: D;
  instances: readonly Instance[];
  /** An app in the process of the test, on the same database. @param history that it writes down what it asks in */
  openApp(settings: Partial<AppSettings>, history?: History): App;
  /** Another instance, such as one that is to be killed. */
  start(): Promise<Instance>;
  /** Gives each of the first instances its task, all at the same moment. */
  run(tasks: readonly Task[]): Promise<Outcome[]>;
  /** @returns the exit codes of the instances and what they wrote to stderr */
  stop(): Promise<{ code: number; stderr: string }[]>;
}

export async function openRace(server: ServerName, count: number): Promise<Race> {
  return openRaceOn(await createDatabase(server), count);
}

/** @param settings What the apps offer, and the zero of their clocks */
export async function openRaceOn<D extends RaceDatabase>(
  database: D,
  count: number,
  { origin = machineTime(), providers = [] }: Partial<Pick<Settings, "origin" | "providers">> = {},
): Promise<Race<D>> {
  const { script, remove } = await buildInstance();
  const start = () => Instance.start(script, { url: database.url, connections: CONNECTIONS, origin, providers });
  const instances = await Promise.all(Array.from({ length: count }, start));
  const { adapter, close } = openAdapter(database.url, { connections: CONNECTIONS });
  const rateLimit = { perIp: 1_000_000 };

  return {
    database,
    instances,
    start,
    openApp({ session = { strategy: "database" }, speed = 1 }, history) {
      const own = history === undefined ? adapter : history.recorded(adapter, "test");
      const config = {
        clock: clockFrom(origin, speed),
        rateLimit,
        providers: providers.map((options) => oidc(options)),
      };
      return openApp({ adapter: own, session, config });
    },
    run: (tasks) => Promise.all(tasks.map((task, index) => (instances[index] as Instance).run(task))),
    async stop() {
      const ends = await Promise.all(instances.map((instance) => instance.stop()));
      await close();
      await database.drop();
      remove();
      return ends;
    },
  };
}

/** Another one in each run, or the one of a run that failed. */
export const SEED = Number(process.env.LATCHKEY_TEST_SEED ?? Date.now() % 1_000_000);
/** What the message of a test that fails says. */
export const SEED_TEXT = `LATCHKEY_TEST_SEED=${SEED}`;

export function repeat<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

/** Deals values to so many hands, one after the other. */
export function deal<T>(values: readonly T[], hands: number): T[][] {
  return Array.from({ length: hands }, (_, hand) => values.filter((_value, index) => index % hands === hand));
}

export function answersOf(outcomes: readonly Outcome[]): Answered[] {
  return outcomes.flatMap(({ answers }) => answers);
}

/** How often each answer came. */
export function answerCounts(outcomes: readonly Outcome[]): Record<string, number> {
  return countsOf(answersOf(outcomes).map(({ outcome }) => outcome));
}

/** How often each result of a call or start came. */
export function resultCounts(outcomes: readonly Outcome[]): Record<string, number> {
  return countsOf(outcomes.flatMap(({ results }) => results));
}

export function entriesOf(outcomes: readonly Outcome[]): Entry[] {
  return outcomes.flatMap(({ entries }) => entries);
}

/** How many updates changed a session. */
export function writesIn(outcomes: readonly Outcome[]): number {
  return entriesOf(outcomes).filter(
    (entry) => entry.call.kind === "update" && "answer" in entry && entry.answer !== null,
  ).length;
}
