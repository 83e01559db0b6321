/** Proof Key for Code Exchange (RFC 7636): the code is of use only to who began. */
import { createId } from "@latchkey/core";

/** @returns 288 random bits as 48 characters: within the 43 to 128 of RFC 7636 §4.1 */
export function createVerifier(): string {
  return createId() + createId();
}

/** @returns the `S256` challenge (RFC 7636 §4.2) */
export async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

/** RFC 4648 §5, without padding. */
export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}
