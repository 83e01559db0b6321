/** Whoever signs in at the identity provider. There is nobody to look up: any address will do, and its owner is who gives it. */
import { isAuthError, normalizeEmail } from "@latchkey/core";

/** OpenID Connect Core §2. */
const MAX_SUBJECT = 255;

/** The stable name of a person: the address, spelled so that nobody takes it for one. @returns null for what is none, or too long */
export function subjectOf(email: unknown): string | null {
  try {
    const subject = Buffer.from(normalizeEmail(email)).toString("base64url");
    return subject.length <= MAX_SUBJECT ? subject : null;
  } catch (error) {
    if (isAuthError(error, "request_invalid")) return null;
    throw error;
  }
}

export function emailOf(subject: string): string {
  return Buffer.from(subject, "base64url").toString();
}

/** @returns `"Ada Lovelace"` for ada.lovelace@example.com */
export function nameOf(email: string): string {
  const words = email.slice(0, email.lastIndexOf("@")).split(/[._+-]+/);
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(" ");
}
