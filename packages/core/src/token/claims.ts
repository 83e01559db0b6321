/** From the text of a JWT payload to claims: strict JSON, finite numeric dates. Knows nothing of signatures. */
import { CLOCK_SKEW } from "../defaults.js";
import type { Claims, SessionUser } from "../model.js";

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

/** Names that the engine writes, into tokens or into the public session; `callbacks.jwt` may change `exp` and nothing else of them. */
const RESERVED_CLAIMS: ReadonlySet<string> = new Set([
  ...["sub", "sid", "type", "user", "iat", "exp", "auth_time", "nbf", "iss", "aud", "jti"],
  ...["id", "expires"],
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
  const parsed = parseJson(json);
  if (!isObject(parsed)) return null;
  // JSON.parse keeps the last of two equal names; then fewer members come out than went in.
  const members = countKeys(parsed, 1);
  return members === countNames(json) || members === countColons(json) ? parsed : null;
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

/** The app's own claims: everything at top level that the engine does not write. */
export function appClaims(claims: Record<string, unknown>): Claims {
  const own: Claims = {};
  addAppClaims(own, claims);
  return own;
}

/** Copies the app's own claims onto another object. */
export function addAppClaims(target: Claims, claims: Record<string, unknown>): void {
  for (const name in claims) {
    // Assigning to `__proto__` would change the object instead of adding to it.
    if (!RESERVED_CLAIMS.has(name) && name !== "__proto__") target[name] = claims[name];
  }
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

/** Quickly counts the members of compact JSON; -1 where white space stands before a colon and the count could be wrong. */
function countNames(json: string): number {
  let names = 0;
  for (let at = json.indexOf(":"); at !== -1; at = json.indexOf(":", at + 1)) {
    const before = json.charCodeAt(at - 1);
    if (before === 0x22 /* " */) names++;
    else if (before <= 0x20) return -1;
  }
  return names;
}

/** Counts the members of any JSON text: each has one colon outside of strings. */
function countColons(json: string): number {
  let colons = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 0x22 /* " */) at = endOfString(json, at);
    else if (code === 0x3a /* : */) colons++;
  }
  return colons;
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

/** Counts the members of all objects in a value; not a number when it is nested too deep. */
function countKeys(value: object, depth: number): number {
  if (depth > MAX_DEPTH) return Number.NaN;
  let keys = 0;
  for (const key in value) {
    if (!Array.isArray(value)) keys++;
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "object" && item !== null) keys += countKeys(item, depth + 1);
  }
  return keys;
}
