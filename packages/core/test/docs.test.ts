/** The documentation says what the code does. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ERRORS } from "../src/errors.js";

test("docs/errors.md lists every code with its status, and no other", () => {
  const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const listed = [...text.matchAll(/^\| `(\w+)` +\| (\d{3}) +\|/gm)].map(([, code, status]) => [code, Number(status)]);
  expect(listed.toSorted()).toEqual(
    Object.entries(ERRORS)
      .map(([code, [status]]) => [code, status])
      .toSorted(),
  );
});
