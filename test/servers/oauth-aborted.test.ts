/** Sign-ins that begin and come to nothing: nothing of them is kept, neither in memory nor in the database. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { openProvider } from "../../packages/providers/test/oauth/hostile-provider.js";
import { SQLITE } from "../crash/databases.js";
import { buildInstance } from "./instances.js";
import type { Aborted } from "./oauth-aborted.js";
import { RACE_TIMEOUT } from "./race.js";

const FLOWS = 25_000;
/** Bytes that 20,000 flows may leave behind: 100 each. The cookie of one has several times as many. */
const NOISE = 2_000_000;

test(
  "F-22, R-O1: 20,000 sign-ins with as many states are begun and not ended: no memory and no row is kept",
  async () => {
    const provider = await openProvider({ now: Date.now });
    const { target, query, drop } = await SQLITE.create();
    const { script, remove } = await buildInstance("oauth-aborted.ts");
    const child = fork(script, [target.url, provider.issuer], { execArgv: ["--expose-gc"] });
    const [told] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [Aborted];
    const { outcomes, heap, calls } = told;

    expect(outcomes).toEqual({
      left: FLOWS / 5,
      "303 access_denied": FLOWS / 5,
      "303 sign_in_expired": (3 * FLOWS) / 5,
    });
    const [warm = 0, end = Number.POSITIVE_INFINITY] = heap;
    expect(end - warm).toBeLessThan(NOISE);
    expect(calls).toEqual({});
    for (const table of ["users", "accounts", "sessions", "verifications"])
      expect(await query(`SELECT * FROM ${table}`), table).toEqual([]);
    await provider.stop();
    await drop();
    remove();
  },
  RACE_TIMEOUT,
);
