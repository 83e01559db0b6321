import { describe, test } from "vitest";
import { crashInTransactions } from "./crashes.js";
import { SQLITE } from "./databases.js";
import { operationOf } from "./operations.js";
import { describeCrashes, expectAllWell } from "./suite.js";

/** A process for each statement takes its time; no test asserts a duration. */
const SLOW = 180_000;

await describeCrashes(SQLITE, (world) => {
  describe("F-1, kill -9 in the midst of a transaction", () => {
    test.each(["sign-up", "sign-in in place of a session"])(
      "%s",
      async (name) => {
        const crashes = await crashInTransactions({ operation: operationOf(name), strategy: "database" }, world());
        await expectAllWell(crashes, world());
      },
      SLOW,
    );
  });
});
