/** Why the claims of a token are refused, its signature being right. */
import type { ResolvedConfig } from "../contracts/config.js";
import { CLOCK_SKEW } from "../defaults.js";
import { epochSeconds } from "../lifetime.js";
import { type CookieVerdict, isoOf, shown, verdict } from "./verdict.js";

type Claims = Readonly<Record<string, unknown>>;

/** @returns null where nothing is wrong with them */
export function explainClaims(claims: Claims, now: Date, config: ResolvedConfig): CookieVerdict | null {
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
