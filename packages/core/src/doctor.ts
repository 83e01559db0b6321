/** `@latchkey/core/doctor`: what a config comes to, and why a cookie is refused. For operators' tools; no client gets to see it. */
import { hmacSha256, textFromBase64url } from "#crypto";
import { type Auth, RESOLVED } from "./auth.js";
import type { Adapter } from "./contracts/adapter.js";
import type { ResolvedConfig } from "./contracts/config.js";
import { type CookieSettings, presentedTokens, readCookie } from "./cookie.js";
import { CLOCK_SKEW } from "./defaults.js";
import { earlier, epochSeconds, isOver, underPolicy } from "./lifetime.js";
import type { SessionWithUser } from "./model.js";
import { foundRow } from "./strategies/found-row.js";
import { readTokenSession, type TokenSession } from "./strategies/token-session.js";
import { decryptJwt } from "./token/jwe.js";
import { isCanonical, MAX_TOKEN_LENGTH, verifyJwt } from "./token/jwt.js";
import { hashToken, isOpaqueToken } from "./token/opaque.js";

/** Settings of an app's sessions, without its keys. */
export interface SessionSettings {
  readonly strategy: "jwt" | "database";
  readonly encrypt: boolean;
  /** How many secrets are configured. */
  readonly secrets: number;
  readonly cookie: CookieSettings;
  readonly baseUrl: URL | null;
  readonly adapter: Adapter | null;
}

/** Why a cookie is refused, for programs. `"refused"` is what this file has no name for. */
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

/** Names that people give cookies; a token is longer. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]{1,40}$/;

type Claims = Readonly<Record<string, unknown>>;
type Opened = { claims: Claims; by: string } | CookieVerdict;

export function settingsOf(auth: Auth): SessionSettings {
  const { strategy, encrypt, keyring, cookie, baseUrl, adapter } = auth[RESOLVED];
  return { strategy, encrypt, secrets: keyring.derive("key-id").length, cookie, baseUrl, adapter };
}

/**
 * Says what `getSession` makes of a `Cookie` header, and why. Reads the row where there is an adapter; writes nothing and calls no hook.
 *
 * @throws AuthError `unavailable` when the database cannot tell
 */
export async function explainCookie(auth: Auth, header: string | null): Promise<CookieVerdict> {
  const config = auth[RESOLVED];
  const reading = readCookie(header, config.cookie);
  if (reading === "absent") return explainAbsence(header ?? "", config.cookie);
  if (reading === "conflicting") {
    const times = presentedTokens(header, config.cookie).length;
    return verdict(
      "conflicting",
      `"${config.cookie.name}" comes with ${times} different values: nobody can tell which is the user's own. Delete the one that was set for another path or domain`,
    );
  }
  const now = config.now();
  return config.strategy === "database"
    ? explainOpaque(reading.token, now, config)
    : explainSealed(reading.token, now, config);
}

function explainAbsence(header: string, { name }: CookieSettings): CookieVerdict {
  // What has no "=" may be the token itself.
  const pairs = header.split(";").filter((pair) => pair.includes("="));
  const names = pairs.map((pair) => (pair.split("=", 1)[0] ?? "").trim());
  const others = [...new Set(names)].filter((other) => COOKIE_NAME.test(other)).slice(0, 20);
  if (pairs.length === 0 && header.trim() !== "")
    return verdict("absent", "that is no Cookie header: pass the whole of it, name=value");
  const bare = (cookie: string) => cookie.replace(/^__(Host|Secure)-/i, "");
  const alike = others.find((other) => other !== name && bare(other) === bare(name));
  if (alike !== undefined) {
    const remedy = `session.acceptCookieNames: ["${alike}"] reads both during a change`;
    return verdict("absent", `there is a cookie "${alike}", but these settings read "${name}"; ${remedy}`);
  }
  const rest = others.length === 0 ? "the header holds no cookie at all" : `there are: ${others.join(", ")}`;
  return verdict("absent", `no cookie is called "${name}", or it is empty; ${rest}`);
}

async function explainOpaque(token: string, now: Date, config: ResolvedConfig): Promise<CookieVerdict> {
  if (!isOpaqueToken(token)) {
    const looks =
      token.split(".").length >= 3 ? 'it looks like one of strategy "jwt"' : "it may have been cut or changed";
    return verdict("malformed", `the value is no token of strategy "database" (43 characters of base64url); ${looks}`);
  }
  const row = await config.adapter?.getSession({ tokenHash: hashToken(token) });
  return explainRow(row ?? null, now, config) ?? accepted(row as SessionWithUser, "the row was found by its token");
}

async function explainSealed(token: string, now: Date, config: ResolvedConfig): Promise<CookieVerdict> {
  if (token.length > MAX_TOKEN_LENGTH)
    return verdict("malformed", `the value has ${token.length} characters; no token has more than ${MAX_TOKEN_LENGTH}`);
  const opened = config.encrypt ? await openEncrypted(token, config) : openSigned(token, config);
  if ("code" in opened) return opened;
  const wrong = explainClaims(opened.claims, now, config);
  if (wrong !== null) return wrong;
  const found = readTokenSession(opened.claims, token, now, config);
  if (found === null) return verdict("refused", "the token is refused for a reason that has no name here");
  return config.adapter === null
    ? verdict("accepted", `session ${found.id} lives until ${isoOf(found.expiresAt)}; ${opened.by}`)
    : explainConfirmed(found, opened.by, now, config);
}

async function explainConfirmed(found: TokenSession, by: string, now: Date, config: ResolvedConfig) {
  const row = (await config.adapter?.getSession({ id: found.id })) ?? null;
  const wrong = explainRow(row, now, config);
  if (wrong !== null) return wrong;
  if (row?.session.userId !== found.user.id)
    return verdict("refused", "the row of this session belongs to another user than the token names");
  return accepted(row, by);
}

async function openEncrypted(token: string, config: ResolvedConfig): Promise<Opened> {
  const parts = token.split(".").length;
  if (parts === 3) return verdict("malformed", "the token is signed and not encrypted, but session.encrypt is on");
  if (parts !== 5) return verdict("malformed", malformedBy(token, "five parts, as an encrypted token has"));
  const claims = await decryptJwt(token, config.keyring);
  if (claims !== null) return { claims, by: "one of the configured secrets opened it" };
  const who = countOfSecrets(config.keyring.derive("session-encryption").length);
  return verdict("signature_wrong", `${who} encrypted the token: it was made with another one, or changed`);
}

function openSigned(token: string, { keyring }: ResolvedConfig): Opened {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  if (more.length === 2) return verdict("malformed", "the token is encrypted, but session.encrypt is off");
  if (signature === "" || more.length > 0)
    return verdict("malformed", malformedBy(token, "three parts, as a signed token has"));
  const keys = keyring.keysByHeader.get(header);
  if (keys === undefined) return explainHeader(header);
  const input = `${header}.${payload}`;
  const signer = keys.findIndex((key) => hmacSha256(key, input) === signature);
  const total = keyring.derive("key-id").length;
  if (signer === -1) {
    const who = keys.length === total ? countOfSecrets(total) : "the configured secret that its key id names has not";
    const why = "AUTH_SECRET is another one on the server that made it, or the value was changed";
    return verdict("signature_wrong", `${who} signed the token: ${why}`);
  }
  const claims = verifyJwt(token, keyring);
  if (claims === null || !isCanonical(payload))
    return verdict(
      "claims_invalid",
      "the signature is right, but the claims are not one JSON object in UTF-8 without duplicate names",
    );
  const number = [...keyring.keysByHeader.values()].flat().indexOf(keys[signer] as (typeof keys)[number]) + 1;
  return { claims, by: total === 1 ? "signed with the configured secret" : `signed with secret ${number} of ${total}` };
}

/** The header is read to explain it, never to choose a key or an algorithm. */
function explainHeader(header: string): CookieVerdict {
  const { alg, typ, kid } = parsed(header) ?? {};
  if (alg === undefined) return verdict("malformed", "the first part of the value is not the header of a token");
  if (alg !== "HS256") return verdict("malformed", `the token says algorithm ${shown(alg)}; only HS256 is taken`);
  if (typ !== "JWT")
    return verdict(
      "purpose_wrong",
      `the token was made for something else: its typ is ${shown(typ)}, a session's is "JWT"`,
    );
  if (kid !== undefined)
    return verdict(
      "key_unknown",
      `the token was signed with key ${shown(kid)}, which none of the configured secrets is: an older secret was removed, or another app made it`,
    );
  return verdict("malformed", "the token's header is not written as this library writes it");
}

/** @returns null where nothing is wrong with them */
function explainClaims(claims: Claims, now: Date, config: ResolvedConfig): CookieVerdict | null {
  const { exp, iat, nbf, iss, aud, type, user, sub } = claims;
  const at = epochSeconds(now);
  if (typeof exp !== "number" || typeof iat !== "number")
    return verdict("claims_invalid", "the token has no valid exp and iat (seconds since 1970)");
  if (at >= exp) return verdict("expired", `the token expired at ${isoOf(exp)}; now is ${now.toISOString()}`);
  const start = Math.max(iat, typeof nbf === "number" ? nbf : iat);
  if (start > at + CLOCK_SKEW)
    return verdict(
      "not_yet_valid",
      `the token is valid from ${isoOf(start)} on and now is ${now.toISOString()}: the clocks of two servers differ`,
    );
  const { absoluteTimeout } = config.lifetime;
  if (exp - iat > absoluteTimeout)
    return verdict(
      "claims_invalid",
      `the token would live ${exp - iat} s; session.absoluteTimeout allows ${absoluteTimeout} s`,
    );
  if (type === "mcp-agent")
    return verdict("purpose_wrong", "the token says that it is an agent's; the session cookie never holds one");
  if (config.issuer !== null && iss !== config.issuer)
    return verdict("issuer_wrong", `the token's iss is ${shown(iss)}; session.issuer asks for ${shown(config.issuer)}`);
  const audiences = Array.isArray(aud) ? aud : [aud];
  if (config.audience !== null && !audiences.includes(config.audience))
    return verdict(
      "audience_wrong",
      `the token's aud is ${shown(aud)}; session.audience asks for ${shown(config.audience)}`,
    );
  const id = (user as { id?: unknown } | undefined)?.id;
  if (typeof id !== "string" || (sub !== undefined && sub !== id))
    return verdict("claims_invalid", "the token names no user: it needs user.id, and sub must be equal to it");
  return explainAge(claims, at, config);
}

/** The limits of the policy of now, which may be tighter than the ones the token was made under. */
function explainAge(
  { iat, auth_time: authTime }: Claims,
  now: number,
  { lifetime }: ResolvedConfig,
): CookieVerdict | null {
  const signedInAt = (authTime ?? iat) as number;
  if (now >= signedInAt + lifetime.absoluteTimeout)
    return verdict(
      "expired",
      `the user signed in at ${isoOf(signedInAt)}, longer ago than session.absoluteTimeout (${lifetime.absoluteTimeout} s)`,
    );
  const { idleTimeout } = lifetime;
  if (idleTimeout !== null && now >= (iat as number) + idleTimeout)
    return verdict(
      "expired",
      `the session was last renewed at ${isoOf(iat as number)}, longer ago than session.idleTimeout (${idleTimeout} s)`,
    );
  return null;
}

/** @returns null where the row makes a session */
function explainRow(row: SessionWithUser | null, now: Date, { lifetime }: ResolvedConfig): CookieVerdict | null {
  if (row === null)
    return verdict(
      "row_missing",
      "no row belongs to this token: the session was revoked or signed out, or expired and was cleaned up, or it is in another database",
    );
  const { session, user } = row;
  if (user.disabledAt !== null)
    return verdict("user_disabled", `user ${user.id} is disabled since ${user.disabledAt.toISOString()}`);
  if (session.agentId !== null)
    return verdict("purpose_wrong", `session ${session.id} is an agent's; the session cookie never holds one`);
  if (isOver(session, now)) {
    const end = earlier(session.expires, session.absoluteExpires);
    return verdict("expired", `session ${session.id} expired at ${end.toISOString()}; now is ${now.toISOString()}`);
  }
  if (foundRow(row, now, lifetime) !== null) return null;
  const end = underPolicy(session, lifetime).expires;
  return isOver({ ...session, expires: end }, now)
    ? verdict(
        "expired",
        `session ${session.id} is over since ${end.toISOString()} under session.idleTimeout and session.absoluteTimeout of now`,
      )
    : verdict("refused", `the row of session ${session.id} does not hold together (its user, or its dates)`);
}

function accepted({ session }: SessionWithUser, by: string): CookieVerdict {
  return verdict(
    "accepted",
    `session ${session.id} of user ${session.userId} lives until ${session.expires.toISOString()}; ${by}`,
  );
}

function malformedBy(token: string, wanted: string): string {
  if (isOpaqueToken(token)) return 'the value looks like a token of strategy "database", and these settings say "jwt"';
  return `the value has not the shape of a token: ${wanted}, separated by dots`;
}

function countOfSecrets(count: number): string {
  return count === 1 ? "the configured secret has not" : `none of the ${count} configured secrets has`;
}

function verdict(code: CookieCode, detail: string): CookieVerdict {
  return { code, detail };
}

function parsed(encoded: string): Record<string, unknown> | null {
  try {
    const value: unknown = isCanonical(encoded) ? JSON.parse(textFromBase64url(encoded)) : null;
    return typeof value === "object" ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null; // Not JSON: it is told as a header that is none.
  }
}

/** Claims of whoever sent the cookie: short, and without control characters. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "missing").replace(/[^\x20-\x7e]/g, "?").slice(0, 80);
}

function isoOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}
