/** Runs a suite on every database with every strategy. */

import type { SessionOptions } from "@latchkey/core";
import { afterAll, beforeAll, describe } from "vitest";
import { STRATEGIES, type StrategyName } from "./app.js";
import { DATABASES, type Database, type DatabaseName } from "./databases.js";

export interface Combination {
  strategy: StrategyName;
  session: SessionOptions;
  /** The database, from the first hook of the suite on. */
  database: Pick<Database, "adapter">;
}

/**
 * Each database is opened once; people are strangers to each other.
 *
 * @param strategies All of them, but where the rule knows nothing of how sessions are kept
 */
export function describeEach(
  title: string,
  suite: (combination: Combination) => void,
  strategies = Object.keys(STRATEGIES) as StrategyName[],
): void {
  const names = Object.keys(DATABASES) as DatabaseName[];
  describe.each(names)(`${title}, %s`, (name) => {
    let opened: Database;
    const database = {
      get adapter() {
        return opened.adapter;
      },
    };
    beforeAll(async () => {
      opened = await DATABASES[name]();
    });
    afterAll(() => opened.close());

    describe.each(strategies)("%s", (strategy) => {
      suite({ strategy, session: STRATEGIES[strategy], database });
    });
  });
}
