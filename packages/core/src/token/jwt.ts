/**
 * The session JWT (RFC 7519) as a JWS in compact form (RFC 7515 §7.1), signed with HS256, synchronously.
 * What is accepted is narrower than the RFC: only headers that this keyring writes, only canonical base64url.
 */
import { base64urlFromText, hmacSha256, textFromBase64url } from "#crypto";
import { parseClaims } from "./claims.js";
import type { Keyring } from "./keyring.js";

/** Longest token that is looked at, in characters (R-T9); one that fits a cookie is half as long. */
export const MAX_TOKEN_LENGTH = 8192;
/** 32 bytes in base64url. */
const SIGNATURE_LENGTH = 43;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** @throws TypeError when a claim cannot be written as JSON */
export function signJwt(claims: Record<string, unknown>, keyring: Keyring): string {
  const input = `${keyring.header}.${base64urlFromText(JSON.stringify(claims))}`;
  return `${input}.${hmacSha256(keyring.signingKey, input)}`;
}

/**
 * Verifies form and signature, then parses.
 *
 * @returns the claims, not to be changed, dates not yet checked; null for anything that a key of this ring did not sign in exactly this form
 */
export function verifyJwt(token: string, keyring: Keyring): Readonly<Record<string, unknown>> | null {
  return keyring.verified.get(token) ?? verifyAnew(token, keyring);
}

function verifyAnew(token: string, keyring: Keyring): Record<string, unknown> | null {
  const headerEnd = token.indexOf(".");
  const payloadEnd = token.length - SIGNATURE_LENGTH - 1;
  if (token.length > MAX_TOKEN_LENGTH || payloadEnd <= headerEnd || token.charCodeAt(payloadEnd) !== 0x2e) return null;

  // RFC 8725 §3.1, §3.10: the header is compared with the ones that we write. No algorithm, key or URL is taken from it.
  const keys = keyring.keysByHeader.get(token.slice(0, headerEnd));
  if (keys === undefined) return null;

  const payload = token.slice(headerEnd + 1, payloadEnd);
  const signature = token.slice(payloadEnd + 1);
  // The signature needs no such check: it must equal one that we write.
  if (!isCanonical(payload)) return null;

  const input = token.slice(0, payloadEnd);
  if (!keys.some((key) => sameText(hmacSha256(key, input), signature))) return null;

  const json = decodeText(payload);
  const claims = json === null ? null : parseClaims(json);
  if (json !== null && claims !== null) keyring.verified.add(token, claims, json);
  return claims;
}

/** RFC 4648 §3.5: the bits that the last character has left over must be zero, or one token would have many texts. */
export function isCanonical(encoded: string): boolean {
  if (!BASE64URL.test(encoded)) return false;
  const rest = encoded.length % 4;
  if (rest === 0) return true;
  if (rest === 1) return false;
  return (rest === 2 ? "AQgw" : "AEIMQUYcgkosw048").includes(encoded.charAt(encoded.length - 1));
}

/** Decodes UTF-8 strictly: what does not encode back to the same text was not UTF-8. */
function decodeText(payload: string): string | null {
  const text = textFromBase64url(payload);
  if (!text.includes("\uFFFD")) return text;
  return base64urlFromText(text) === payload ? text : null;
}

/** Compares in a time that depends on the lengths alone (R-L6). */
function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
