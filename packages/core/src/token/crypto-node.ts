/** SHA-256, HMAC, HKDF and base64url where Node's crypto exists. `crypto-web.ts` is its twin; `#crypto` picks one. */
import { Buffer } from "node:buffer";
import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/** An HMAC key, prepared once. */
export type HmacKey = KeyObject;

export function hmacKey(secret: Uint8Array): HmacKey {
  return createSecretKey(secret);
}

/** @returns HMAC-SHA-256 of an ASCII text (RFC 2104), base64url without padding */
export function hmacSha256(key: HmacKey, ascii: string): string {
  return createHmac("sha256", key).update(ascii, "latin1").digest("base64url");
}

/** @returns SHA-256 of the UTF-8 bytes, base64url without padding */
export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("base64url");
}

/** @returns `bytes` bytes of HKDF-SHA-256 without salt (RFC 5869) */
export function hkdfSha256(secret: Uint8Array, info: string, bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), Buffer.from(info, "utf8"), bytes));
}

/** @returns base64url (RFC 4648 §5) of the UTF-8 bytes, without padding */
export function base64urlFromText(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url");
}

export function base64urlFromBytes(bytes: Uint8Array<ArrayBuffer>): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

/** @returns the text, with U+FFFD where the bytes are not UTF-8. The caller has checked the alphabet. */
export function textFromBase64url(encoded: string): string {
  return Buffer.from(encoded, "base64url").toString("utf8");
}
