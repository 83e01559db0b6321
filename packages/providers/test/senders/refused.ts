/** How a sender fails: with an AuthError, and with nothing in it that must stay secret (R-L2). */
import { inspect } from "node:util";
import { type AuthErrorCode, isAuthError } from "@latchkey/core";
import { expect } from "vitest";

/** Parts of the messages and options of these tests that no log may ever have. */
export const CANARIES = {
  address: "canary-recipient@example.com",
  phone: "+966501234567",
  code: "739154",
  link: "https://app.test/callback?token=canary-token",
  text: "canary-text",
  password: "canary-password",
  key: "canary-key",
} as const;

const FORBIDDEN = [...Object.values(CANARIES), CANARIES.phone.slice(1), "canary"];

export const MAIL = {
  to: CANARIES.address,
  subject: `canary-subject ${CANARIES.code}`,
  text: `${CANARIES.text} ${CANARIES.link}`,
  html: `<p>${CANARIES.text}</p>`,
};
export const TEXT = { to: CANARIES.phone, text: `${CANARIES.text} ${CANARIES.code}` };

/** The message of the failure, once it was seen to be the expected one and to tell no secret, in its causes neither. */
export async function refused(sent: Promise<void>, code: AuthErrorCode): Promise<string> {
  const error: unknown = await sent.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isAuthError(error)) expect.fail(`expected an AuthError ${code}, not ${inspect(error)}`);
  expect(error.code, error.message).toBe(code);
  const everything = inspect(error, { depth: 20, showHidden: true });
  for (const secret of FORBIDDEN) expect(everything).not.toContain(secret);
  return error.message;
}

/** The message of the `config_invalid` that this throws; it names no value. */
export function misconfigured(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!isAuthError(error, "config_invalid")) throw error;
    for (const secret of FORBIDDEN) expect(inspect(error, { depth: 20 })).not.toContain(secret);
    return error.message;
  }
  return expect.fail("expected config_invalid");
}
