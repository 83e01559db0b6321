/** What the doctor asks the database: are the tables right, and is it the same time there. */
import type { Adapter } from "@latchkey/core";
import type { Dialect } from "@latchkey/core/sql";
import { parseAddress } from "../database/address.js";
import { openDatabase } from "../database/open.js";
import { messageOf } from "../problem.js";
import { type Finding, findingsOf } from "./finding.js";

const schema = findingsOf("schema");
const clock = findingsOf("clock");

/** Seconds by which the clocks of two servers may differ (R-T4). */
const MAX_SKEW = 60;
/** Seconds that are worth a word. */
const NOTABLE_SKEW = 5;

/** Instants of the database in milliseconds since 1970. SQLite has no clock but this machine's. */
const CLOCKS: Partial<Record<Dialect, string>> = {
  postgresql: "SELECT extract(epoch FROM clock_timestamp()) * 1000",
  mysql: "SELECT UNIX_TIMESTAMP(SYSDATE(3)) * 1000",
};

/** F-27: names each table, column and index that is missing or of another type. */
export async function checkSchema(adapter: Adapter | null): Promise<Finding[]> {
  if (adapter === null) return [schema.skipped("the config has no adapter: sessions are tokens alone")];
  try {
    const wrong = await adapter.check();
    return wrong.length === 0 ? [schema.ok("the tables are as they have to be")] : wrong.map(schema.problem);
  } catch (error) {
    return [schema.problem(`the database cannot be asked: ${messageOf(error)}`)];
  }
}

/** @param url `--url` or `DATABASE_URL`: an adapter does not tell the time */
export async function checkClock(url: string | undefined, cwd: string): Promise<Finding[]> {
  if (!url) return [clock.skipped("pass --url or set DATABASE_URL to compare with the database's clock")];
  try {
    const address = parseAddress(url, cwd);
    const query = CLOCKS[address.dialect];
    if (query === undefined) return [clock.skipped("SQLite has the clock of this machine")];
    const database = await openDatabase(address, cwd);
    try {
      return [judgeSkew(await skewOf(() => database.query(query)))];
    } finally {
      await database.close();
    }
  } catch (error) {
    return [clock.problem(`the database cannot be asked for its time: ${messageOf(error)}`)];
  }
}

/** @returns seconds by which the database is ahead, in the middle of the question */
async function skewOf(ask: () => Promise<readonly (readonly unknown[])[]>): Promise<number> {
  await ask(); // Connects, so that the next one takes no longer than its way.
  const before = Date.now();
  const [row] = await ask();
  return (Number(row?.[0]) - (before + Date.now()) / 2) / 1000;
}

function judgeSkew(seconds: number): Finding {
  const by = `the database's clock differs from this machine's by ${Math.abs(seconds).toFixed(1)} s`;
  if (!(Math.abs(seconds) <= MAX_SKEW))
    return clock.problem(`${by}: more than ${MAX_SKEW} s refuse tokens that are valid`);
  return Math.abs(seconds) > NOTABLE_SKEW ? clock.warning(`${by}: synchronise them`) : clock.ok(by);
}
