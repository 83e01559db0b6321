/** The test runner of the kit: the one file that knows it. */
export { describe, expect, test } from "vitest";
