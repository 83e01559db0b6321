/** The encrypted session token: compact JWE, `dir` with A256GCM (RFC 7516, RFC 7518 §5.3), by `jose`, loaded when used. */
import { parseClaims } from "./claims.js";
import { isCanonical, MAX_TOKEN_LENGTH } from "./jwt.js";
import type { Keyring } from "./keyring.js";

/** Own `typ`, so that no other JWE takes its place (RFC 8725 §3.11). */
const TYP = "session+jwe";

export async function encryptJwt(claims: Record<string, unknown>, keyring: Keyring): Promise<string> {
  const { CompactEncrypt } = await import("jose");
  const [key] = keyring.derive("session-encryption");
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: TYP })
    .encrypt(key as Uint8Array);
}

/** @returns the claims, dates not yet checked; null unless a key of this ring encrypted it */
export async function decryptJwt(token: string, keyring: Keyring): Promise<Record<string, unknown> | null> {
  if (!isCompact(token)) return null;
  const { compactDecrypt, errors } = await import("jose");
  for (const key of keyring.derive("session-encryption")) {
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(token, key, {
        keyManagementAlgorithms: ["dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
      });
      if (protectedHeader.typ !== TYP || protectedHeader.zip !== undefined) return null;
      return parseClaims(new TextDecoder("utf-8", { fatal: true }).decode(plaintext));
    } catch (error) {
      // Malformed, foreign or made with another of our secrets: try the next. Anything else is a fault of ours.
      if (!(error instanceof errors.JOSEError) && !(error instanceof TypeError)) throw error;
    }
  }
  return null;
}

/** RFC 7516 §7.1, of five parts; with `dir` the second is empty (§5.1). `jose` also reads other spellings of one token (R-T7). */
function isCompact(token: string): boolean {
  const [header = "", encryptedKey, ...rest] = token.length > MAX_TOKEN_LENGTH ? [] : token.split(".");
  return rest.length === 3 && encryptedKey === "" && [header, ...rest].every(isCanonical);
}
