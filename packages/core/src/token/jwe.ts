/** Encrypted texts: compact JWE, `dir` with A256GCM (RFC 7516, RFC 7518 §5.3), by `jose`, loaded when used. */
import { parseClaims } from "./claims.js";
import { isCanonical, MAX_TOKEN_LENGTH } from "./jwt.js";
import type { KeyPurpose, Keyring } from "./keyring.js";

/** What an encrypted text is good for; each has its own key and `typ`, so that none takes another's place (RFC 8725 §3.11, §3.12). */
export type SealPurpose = Exclude<KeyPurpose, "key-id">;

/** @returns a compact JWE that only {@link open} with the same purpose and secret reads */
export async function seal(purpose: SealPurpose, text: string, keyring: Keyring): Promise<string> {
  const { CompactEncrypt } = await import("jose");
  const [key] = keyring.derive(purpose);
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: `${purpose}+jwe` })
    .encrypt(key as Uint8Array);
}

/** @returns the text; null unless a key of this ring sealed it for this purpose */
export async function open(purpose: SealPurpose, sealed: string, keyring: Keyring): Promise<string | null> {
  if (!isCompact(sealed)) return null;
  const { compactDecrypt, errors } = await import("jose");
  for (const key of keyring.derive(purpose)) {
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
        keyManagementAlgorithms: ["dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
      });
      if (protectedHeader.typ !== `${purpose}+jwe` || protectedHeader.zip !== undefined) return null;
      return new TextDecoder("utf-8", { fatal: true }).decode(plaintext);
    } catch (error) {
      // Malformed, foreign or made with another of our secrets: try the next. Anything else is a fault of ours.
      if (!(error instanceof errors.JOSEError) && !(error instanceof TypeError)) throw error;
    }
  }
  return null;
}

export function encryptJwt(claims: Record<string, unknown>, keyring: Keyring): Promise<string> {
  return seal("session-encryption", JSON.stringify(claims), keyring);
}

/** @returns the claims, dates not yet checked; null unless a key of this ring encrypted it */
export async function decryptJwt(token: string, keyring: Keyring): Promise<Record<string, unknown> | null> {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const text = await open("session-encryption", token, keyring);
  return text === null ? null : parseClaims(text);
}

/** RFC 7516 §7.1, of five parts; with `dir` the second is empty (§5.1). `jose` also reads other spellings of one token (R-T7). */
function isCompact(token: string): boolean {
  const [header = "", encryptedKey, ...rest] = token.split(".", 6);
  return rest.length === 3 && encryptedKey === "" && [header, ...rest].every(isCanonical);
}
