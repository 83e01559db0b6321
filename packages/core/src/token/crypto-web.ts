/** SHA-256, HMAC, HKDF and base64url where there is no Node: synchronous, unlike WebCrypto. `crypto-node.ts` is its twin. */
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

/** An HMAC key, prepared once. */
export type HmacKey = Uint8Array;

export function hmacKey(secret: Uint8Array): HmacKey {
  return Uint8Array.from(secret);
}

/** @returns HMAC-SHA-256 of an ASCII text (RFC 2104), base64url without padding */
export function hmacSha256(key: HmacKey, ascii: string): string {
  return base64urlFromBytes(Uint8Array.from(hmac(nobleSha256, key, utf8(ascii))));
}

/** @returns SHA-256 of the UTF-8 bytes, base64url without padding */
export function sha256(text: string): string {
  return base64urlFromBytes(Uint8Array.from(nobleSha256(utf8(text))));
}

/** @returns `bytes` bytes of HKDF-SHA-256 without salt (RFC 5869) */
export function hkdfSha256(secret: Uint8Array, info: string, bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hkdf(nobleSha256, secret, undefined, utf8(info), bytes));
}

/** @returns base64url (RFC 4648 §5) of the UTF-8 bytes, without padding */
export function base64urlFromText(text: string): string {
  return base64urlFromBytes(utf8(text));
}

export function base64urlFromBytes(bytes: Uint8Array<ArrayBuffer>): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @returns the text, with U+FFFD where the bytes are not UTF-8. The caller has checked the alphabet. */
export function textFromBase64url(encoded: string): string {
  const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}
