/** What a form is told in the query of the page that it returns to: the code of an error, in words for people. */
import { type AuthErrorCode, ERRORS } from "@latchkey/core";

export interface Problem {
  sentence: string;
  /** Names of the fields that may be wrong. */
  fields: readonly string[];
}

/** Where this app can say it better than the table of errors. */
const SENTENCES: Partial<Record<AuthErrorCode, string>> = {
  invalid_credentials: "The e-mail address or the password is not right. Check both and try again.",
  password_rejected:
    "Choose another password: at least 8 characters, not one that many people use, and not made from your name or address.",
  user_exists: "There is an account with this address already. Sign in instead.",
  request_invalid: "Something is missing or misspelt. Check the fields and try again.",
  rate_limited: "That was one attempt too many. Wait a few minutes, then try again.",
  unavailable: "We cannot reach our database right now. Please try again in a moment.",
  unauthorized: "You are signed out. Sign in to go on.",
  access_denied: "You did not agree over there, so nothing has changed here.",
  sign_in_expired: "That took too long, or it was done already. Please start again.",
  provider_rejected: "The other service could not confirm who you are. Please try again.",
  provider_unavailable: "We cannot reach the other service right now. Please try again in a moment.",
  account_link_required:
    "There is an account with this address already. Sign in to it, then link the other service under “Ways to sign in”.",
  account_exists: "Somebody else signs in with that account already.",
  last_account: "This is the only way into your account. Add another one first.",
};
const UNKNOWN = "That did not work. Please try again.";

const FIELDS: Partial<Record<AuthErrorCode, readonly string[]>> = {
  invalid_credentials: ["email", "password", "currentPassword"],
  password_rejected: ["password", "newPassword"],
  user_exists: ["email"],
  request_invalid: ["email", "password", "currentPassword", "newPassword"],
};

/** @param code As the query has it: anybody can write anything there. @returns null without one */
export function problemOf(code: unknown): Problem | null {
  if (code === undefined) return null;
  if (!isErrorCode(code)) return { sentence: UNKNOWN, fields: [] };
  return { sentence: SENTENCES[code] ?? ERRORS[code][1], fields: FIELDS[code] ?? [] };
}

function isErrorCode(code: unknown): code is AuthErrorCode {
  return typeof code === "string" && Object.hasOwn(ERRORS, code);
}
