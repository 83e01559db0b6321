/** What the doctor says of a cookie, and how it puts what it found into words. */

/** Why a cookie is refused, for programs. `"refused"` is what has no name here. */
export type CookieCode =
  | "accepted"
  | "absent"
  | "conflicting"
  | "malformed"
  | "key_unknown"
  | "signature_wrong"
  | "claims_invalid"
  | "not_yet_valid"
  | "expired"
  | "purpose_wrong"
  | "issuer_wrong"
  | "audience_wrong"
  | "row_missing"
  | "user_disabled"
  | "refused";

export interface CookieVerdict {
  code: CookieCode;
  /** One sentence. Never holds the token. */
  detail: string;
}

export function verdict(code: CookieCode, detail: string): CookieVerdict {
  return { code, detail };
}

/** Claims of whoever sent the cookie: short, and without control characters. */
export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "missing").replace(/[^\x20-\x7e]/g, "?").slice(0, 80);
}

export function isoOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}
