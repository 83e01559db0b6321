/** Random values: opaque session tokens and record ids. */
import { base64urlFromBytes, sha256 } from "#crypto";

const TOKEN_BYTES = 32;
const ID_BYTES = 18;

/** The form of an opaque token: 256 bits in base64url, the last character's two unused bits zero. */
const OPAQUE_TOKEN = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** @returns 256 random bits as 43 base64url characters */
export function createToken(): string {
  return base64urlFromBytes(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
}

/** @returns 144 random bits as 24 base64url characters: an id that is unique without asking the database */
export function createId(): string {
  return base64urlFromBytes(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
}

/** What of a token is stored: SHA-256 in base64url. A 256-bit random value needs no salt and no slow hash. */
export function hashToken(token: string): string {
  return sha256(token);
}

/** False for everything that {@link createToken} cannot have made; such a value is never looked up. */
export function isOpaqueToken(token: string): boolean {
  return OPAQUE_TOKEN.test(token);
}
