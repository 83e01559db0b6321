/** What a password may be. Pure but for the blocklist that it is given. */
import { AuthError } from "@latchkey/core";
import type { Blocklist } from "./blocklist.js";

/** Code points, after normalisation (NIST SP 800-63B-4 §3.1.1.2). */
const MIN_LENGTH = 8;
const MAX_LENGTH = 256;
/** UTF-8, as received: checked before the password is normalised or hashed. */
const MAX_BYTES = 4 * 1024;

/**
 * The form in which passwords are hashed: NFC, whole, with every character in it (NIST SP 800-63B-4 §3.1.1.2, not NFKC: a
 * ligature is not its letters).
 *
 * @returns null for what no password can be: over 4 KiB, over 256 code points, or not Unicode
 */
export function normalizePassword(password: string): string | null {
  // No UTF-8 has fewer bytes than the string has UTF-16 units: huge ones are not even encoded.
  if (password.length > MAX_BYTES || new TextEncoder().encode(password).length > MAX_BYTES) return null;
  // A lone surrogate has no UTF-8 form; all of them would be hashed as one replacement character.
  if (/\p{Cs}/u.test(password)) return null;
  const normalized = password.normalize("NFC");
  return lengthOf(normalized) <= MAX_LENGTH ? normalized : null;
}

/**
 * Checks a password that somebody chose.
 *
 * @param context What is known about them
 * @returns the password as it is hashed
 * @throws AuthError `password_rejected`
 */
export async function acceptPassword(
  password: string,
  context: readonly string[],
  isBlocked: Blocklist,
): Promise<string> {
  const normalized = normalizePassword(password);
  if (normalized === null || lengthOf(normalized) < MIN_LENGTH)
    throw new AuthError("password_rejected", `a password has ${MIN_LENGTH} to ${MAX_LENGTH} characters`);
  if (await isBlocked(normalized, context))
    throw new AuthError("password_rejected", "the password is common or follows from the address or name");
  return normalized;
}

function lengthOf(text: string): number {
  return [...text].length;
}
