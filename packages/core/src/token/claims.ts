/** From the text of a JWT payload to claims: strict JSON, finite numeric dates. Knows nothing of signatures. */
import { CLOCK_SKEW } from "../defaults.js";
import type { SessionUser } from "../model.js";

/**
 * Claims of a session JWT (RFC 7519 §4.1 and the product's own). `callbacks.jwt` receives these and may add its own at top level.
 */
export interface TokenClaims {
  /** User id. */
  sub: string;
  /** Session id (OpenID Connect Front-Channel Logout §3). */
  sid: string;
  /** Method of sign-in. */
  type: string;
  user: SessionUser;
  /** Seconds since 1970. */
  iat: number;
  /** Seconds since 1970; the first second in which the token is no longer valid. */
  exp: number;
  /** When the user proved who they are (OpenID Connect Core §2), seconds since 1970. */
  auth_time?: number;
  [claim: string]: unknown;
}

/** Claims that the engine writes; `callbacks.jwt` may change `exp` and nothing else of them. */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set([
  "sub",
  "sid",
  "type",
  "user",
  "iat",
  "exp",
  "auth_time",
  "nbf",
  "iss",
  "aud",
  "jti",
]);

const MAX_DEPTH = 16;
/** 9999-12-31T23:59:59Z: later dates cannot be written as ISO 8601 with four digits. */
const MAX_EPOCH_SECONDS = 253_402_300_799;

/**
 * Parses a payload whose signature has been verified.
 *
 * @returns null unless it is a JSON object without duplicate member names, at most 16 levels deep (R-T9)
 */
export function parseClaims(json: string): Record<string, unknown> | null {
  const members = countMembers(json);
  if (members === -1) return null;
  const parsed = parseJson(json);
  if (!isObject(parsed)) return null;
  // JSON.parse keeps the last of two equal names; then fewer members come out than went in.
  return countKeys(parsed) === members ? parsed : null;
}

/**
 * Checks the dates of parsed claims (RFC 7519 §4.1.4–4.1.6).
 *
 * @returns false unless `exp` and `iat` are finite whole-second numbers in range, `exp` is ahead, `iat` and `nbf` are not
 *   in the future by more than the tolerated skew, and the whole life is at most `maxLife` seconds
 */
export function datesAreValid(claims: Record<string, unknown>, nowSeconds: number, maxLife: number): boolean {
  const { exp, iat, nbf, auth_time: authTime } = claims;
  if (!isEpochSeconds(exp) || !isEpochSeconds(iat)) return false;
  if (nowSeconds >= exp || iat > nowSeconds + CLOCK_SKEW || exp - iat > maxLife || exp <= iat) return false;
  if (nbf !== undefined && (!isEpochSeconds(nbf) || nbf > nowSeconds + CLOCK_SKEW)) return false;
  return (
    authTime === undefined ||
    (isEpochSeconds(authTime) && authTime <= iat + CLOCK_SKEW && nowSeconds < authTime + maxLife)
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEpochSeconds(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_EPOCH_SECONDS;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // Not JSON: the caller's answer is the same as for any other malformed token.
  }
}

/**
 * Counts the members of all objects in a JSON text by their colons, without parsing it.
 *
 * @returns -1 when the text is nested deeper than allowed
 */
function countMembers(json: string): number {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 0x22 /* " */) at = endOfString(json, at);
    else if (code === 0x3a /* : */) members++;
    else if (code === 0x7b /* { */ || code === 0x5b /* [ */) {
      if (++depth > MAX_DEPTH) return -1;
    } else if (code === 0x7d /* } */ || code === 0x5d /* ] */) depth--;
  }
  return members;
}

/** Index of the quote that ends the string which starts at `start`; the end of the text when none does. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end;
}

/** An odd number of backslashes before a character escapes it (RFC 8259 §7). */
function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

function countKeys(value: object): number {
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object" && item !== null) keys += countKeys(item);
    return keys;
  }
  const record = value as Record<string, unknown>;
  for (const key in record) {
    keys++;
    const item = record[key];
    if (typeof item === "object" && item !== null) keys += countKeys(item);
  }
  return keys;
}
