import { describe, test } from "vitest";
import { SQLITE } from "./databases.js";
import { crashOAuthInTransactions } from "./oauth-crashes.js";
import { describeOAuthCrashes, expectAllWell } from "./oauth-suite.js";

/** A process for each statement takes its time; no test asserts a duration. */
const SLOW = 180_000;

await describeOAuthCrashes(SQLITE, (world) => {
  describe("F-1, R-O7, kill -9 in the midst of a transaction", () => {
    test.each(["first sign-in", "proof of a mailbox", "unlinking"] as const)(
      "%s",
      async (name) => {
        const crashes = await crashOAuthInTransactions({ name, strategy: "database" }, world());
        await expectAllWell(crashes, world());
      },
      SLOW,
    );
  });
});
