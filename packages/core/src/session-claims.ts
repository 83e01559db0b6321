/** Runs `callbacks.jwt` and `callbacks.session`: from a record to the claims it keeps, and to what clients see. */
import type { ClaimsReason } from "./contracts/callbacks.js";
import { runCallback } from "./contracts/run.js";
import type { SessionConfig } from "./contracts/session-config.js";
import { AuthError } from "./errors.js";
import { epochSeconds } from "./lifetime.js";
import type { Claims, MaybePromise, Session, SessionRecord, SessionUser } from "./model.js";
import { tokenClaims } from "./strategies/jwt.js";
import type { FoundSession } from "./strategies/strategy.js";
import { appClaims, isObject } from "./token/claims.js";

/**
 * Lets the app add its claims to a session that is about to be written.
 *
 * @returns the session with `data`, and with `expires` where the callback set `exp`, never past the absolute limit
 * @throws AuthError `callback_failed`
 */
export async function withAppClaims(
  config: SessionConfig,
  session: SessionRecord,
  user: SessionUser,
  reason: ClaimsReason,
): Promise<SessionRecord> {
  const { jwt } = config.callbacks;
  if (jwt === undefined) return session;

  const claims = tokenClaims(session, user, config);
  const given = claims.exp;
  const returned = await runCallback("callbacks.jwt", () => jwt.call(config.callbacks, claims, { user, reason }));
  const result = returned ?? claims;
  if (!isObject(result)) throw new AuthError("callback_failed", "callbacks.jwt must return an object or nothing");

  const { exp = given } = result;
  return { ...session, data: appClaims(result), expires: exp === given ? session.expires : chosenExpiry(exp, session) };
}

function chosenExpiry(exp: unknown, session: SessionRecord): Date {
  const seconds = typeof exp === "number" ? Math.floor(exp) : Number.NaN;
  if (!(seconds > epochSeconds(session.updatedAt) && Number.isFinite(seconds))) {
    throw new AuthError("callback_failed", "callbacks.jwt must set exp to a time in the future, in seconds since 1970");
  }
  // Compared as numbers first: a far future is no valid Date.
  return seconds * 1000 >= session.absoluteExpires.getTime() ? session.absoluteExpires : new Date(seconds * 1000);
}

/** What clients see of a session: `callbacks.session` has the last word. @throws AuthError `callback_failed` */
export function toPublicSession(config: SessionConfig, found: Pick<FoundSession, "toPublic">): MaybePromise<Session> {
  const session = found.toPublic();
  return config.callbacks.session === undefined ? session : shaped(config, session);
}

async function shaped(config: SessionConfig, session: Session): Promise<Session> {
  const result =
    (await runCallback("callbacks.session", () => config.callbacks.session?.(session as Session & Claims))) ?? session;
  if (!isObject(result)) throw new AuthError("callback_failed", "callbacks.session must return an object or nothing");
  return result as unknown as Session;
}
