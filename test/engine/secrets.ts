/** What must never leave the server: looked for in whatever it says. */
import { expect } from "vitest";
import { NEW_PASSWORD, PASSWORD, SECRET } from "./app.js";

/** Never in an answer or a log, whoever asks; the second is part of every fault's text, the last begins every stored hash. */
const SECRETS = [SECRET, "canary-in-driver-message", PASSWORD, NEW_PASSWORD, "$argon2"];
/** Characters of a token that say enough of it. */
const TELLING_LENGTH = 24;

/**
 * I9, R-L1, R-L2.
 *
 * @param cookies Sessions that are known; no end of their tokens may show (what stands before it in a JWT is the same for all)
 */
export function expectNoSecret(texts: readonly string[], cookies: readonly string[], where: string): void {
  const telling = cookies.map((cookie) => cookie.slice(-TELLING_LENGTH));
  for (const text of texts) {
    expect(
      [...SECRETS, ...telling].filter((secret) => text.includes(secret)),
      where,
    ).toEqual([]);
  }
}
