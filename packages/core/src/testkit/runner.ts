/** The test runner of the kit: the one file that knows it. */
export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
