/** The tests of this package open Prisma clients, which are generated before they run. */
import { defineConfig } from "vitest/config";

/** Real databases take their time on a small machine; no test asserts a duration. */
const SLOW_TEST_MS = 30_000;

export default defineConfig({
  test: {
    name: "adapter-prisma",
    include: ["test/**/*.test.ts"],
    globalSetup: ["./test/generate.mjs"],
    testTimeout: SLOW_TEST_MS,
    hookTimeout: SLOW_TEST_MS,
  },
});
