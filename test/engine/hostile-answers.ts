/** What every answer to a hostile request has to be. */
import { ERRORS } from "@latchkey/core";
import { expect } from "vitest";
import { expectNoSecret } from "./secrets.js";

/**
 * R-L1: a documented code below 500, not to be kept by a cache (R-S18), and without a secret in it.
 *
 * @param cookies Sessions whose tokens must not show
 * @returns the status
 */
export async function expectDocumented(
  answer: Response,
  where: string,
  cookies: readonly string[] = [],
): Promise<number> {
  const text = await answer.clone().text();
  expect(answer.status, where).toBeLessThan(500);
  expect(answer.headers.get("cache-control"), where).toBe("no-store");
  expectNoSecret([text], cookies, where);
  if (answer.status >= 400 && text !== "") expectError(answer.status, JSON.parse(text), where);
  return answer.status;
}

function expectError(
  status: number,
  body: { error: string | { code: keyof typeof ERRORS; message: string } },
  where: string,
) {
  if (typeof body.error === "string") {
    expect({ status, error: body.error }, where).toEqual({ status: 401, error: "Unauthorized" });
    return;
  }
  const [documentedStatus, message] = ERRORS[body.error.code];
  expect({ status, message: body.error.message }, where).toEqual({ status: documentedStatus, message });
}
