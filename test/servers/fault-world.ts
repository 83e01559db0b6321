/** An app on a PostgreSQL of its own, behind a proxy, with 200 people who are signed in. */

import { counting, type Method } from "../engine/adapters.js";
import {
  type App,
  addPerson,
  cookiesOf,
  DAY_MS,
  openApp,
  STRATEGIES,
  type StrategyName,
  weakPassword,
} from "../engine/app.js";
import { inBatches } from "./batches.js";
import { createPostgresTables } from "./databases.js";
import { type Opened, openAdapter } from "./open.js";
import { type PostgresCluster, startPostgres } from "./postgres-cluster.js";
import { startProxy, type TcpProxy } from "./tcp-proxy.js";

const PEOPLE = 200;
const CONNECTIONS = 10;

export interface FaultWorld {
  cluster: PostgresCluster;
  proxy: TcpProxy;
  /**
   * Opens an app with another pool, and signs its people in; two days pass, so that every session is due for a renewal.
   *
   * @param people @default 200
   */
  populate(strategy: StrategyName, people?: number): Promise<Population>;
  close(): Promise<void>;
}

export interface Population {
  app: App;
  /** `Cookie` headers, one of each person. */
  cookies: string[];
  /** How often the engine called the adapter, by method. */
  calls: Partial<Record<Method, number>>;
}

export async function openFaultWorld(): Promise<FaultWorld> {
  const cluster = await startPostgres();
  await createPostgresTables(cluster.url());
  const proxy = await startProxy({ host: "127.0.0.1", port: cluster.port });
  const opened: Opened[] = [];
  return {
    cluster,
    proxy,
    async populate(strategy, people = PEOPLE) {
      const url = new URL(cluster.url());
      url.port = String(proxy.port);
      const pool = openAdapter(url.href, { connections: CONNECTIONS });
      opened.push(pool);
      const { adapter, calls } = counting(pool.adapter);
      const config = { rateLimit: { perIp: 1_000_000 }, hooks: { onError: () => {} } };
      const app = openApp({ adapter, session: STRATEGIES[strategy], provider: weakPassword(), config });
      const cookies = await inBatches(Array.from({ length: people }), CONNECTIONS, async () =>
        app.start(await addPerson(adapter)),
      );
      app.time.now += 2 * DAY_MS;
      return { app, cookies, calls };
    },
    async close() {
      await proxy.close();
      await Promise.all(opened.map(({ close }) => close()));
      await cluster.dispose();
    },
  };
}

/** Asks routes in turn, each time as another person. @param routes such as `"GET /session"` */
export function askAll(
  { app, cookies }: Population,
  routes: readonly string[],
  count = cookies.length,
): Promise<Response[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      app.ask(routes[index % routes.length] as string, { cookie: cookies[index % cookies.length] }),
    ),
  );
}

/** Whether each person is signed in: `"yes"`, `"no"`, or the code of the error. */
function states({ app, cookies }: Population): Promise<string[]> {
  return inBatches(cookies, CONNECTIONS, async (cookie) => {
    try {
      return (await app.isSignedIn(cookie)) ? "yes" : "no";
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
}

/** Looks until nobody is told that the database cannot tell, as browsers that try again do. @returns the states then */
export async function statesAfterRecovery(population: Population, tries = 50): Promise<string[]> {
  const found = await states(population);
  return tries > 0 && found.includes("unavailable") ? statesAfterRecovery(population, tries - 1) : found;
}

/** The names of the cookies that answers set, and those that they clear. */
export function cookieChanges(answers: readonly Response[]): { set: string[]; cleared: number } {
  const all = answers.flatMap(({ headers }) => headers.getSetCookie());
  const set = answers.flatMap(cookiesOf);
  return { set, cleared: all.length - set.length };
}
