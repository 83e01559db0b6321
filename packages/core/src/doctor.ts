/** `@latchkey/core/doctor`: what a config comes to, and why a cookie is refused. For operators' tools; no client gets to see it. */
import { type Auth, RESOLVED } from "./auth.js";
import type { Adapter } from "./contracts/adapter.js";
import type { ResolvedConfig } from "./contracts/config.js";
import { type CookieSettings, presentedTokens, readCookie } from "./cookie.js";
import { explainClaims } from "./doctor/claims.js";
import { openEncrypted, openSigned } from "./doctor/opening.js";
import { type CookieVerdict, isoOf, verdict } from "./doctor/verdict.js";
import { earlier, isOver, underPolicy } from "./lifetime.js";
import type { SessionWithUser } from "./model.js";
import { foundRow } from "./strategies/found-row.js";
import { readTokenSession, type TokenSession } from "./strategies/token-session.js";
import { MAX_TOKEN_LENGTH } from "./token/jwt.js";
import { hashToken, isOpaqueToken } from "./token/opaque.js";

export type { CookieCode, CookieVerdict } from "./doctor/verdict.js";

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

/** Names that people give cookies; a token is longer. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]{1,40}$/;

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
