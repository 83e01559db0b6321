/** The cookie holds a signed or encrypted token. With an adapter the row must still be there, too. */

import type { ResolvedConfig } from "../contracts/config.js";
import { isPromise } from "../contracts/deadline.js";
import { refuseOversized } from "../cookie.js";
import { AuthError } from "../errors.js";
import { addSeconds, earlier, epochSeconds } from "../lifetime.js";
import type { Claims, MaybePromise, SessionRecord, SessionUser } from "../model.js";
import { datesAreValid, isObject, RESERVED_CLAIMS, type TokenClaims } from "../token/claims.js";
import { decryptJwt, encryptJwt } from "../token/jwe.js";
import { signJwt, verifyJwt } from "../token/jwt.js";
import { createToken, hashToken } from "../token/opaque.js";
import type { FoundSession, Strategy } from "./strategy.js";

/** `type` of a hand-made token that names none. */
const UNNAMED_TYPE = "custom";
/** Agents' tokens have their own key and `typ`; a session that claims to be one was not made by us (R-P7). */
const AGENT_TYPE = "mcp-agent";
/** Hash characters that make an id for a token without a `sid`. */
const DERIVED_ID_LENGTH = 24;

export function jwtStrategy(config: ResolvedConfig): Strategy {
  const { adapter, keyring } = config;
  const open = config.encrypt ? decryptJwt : verifyJwt;

  return {
    async issue(session, user) {
      // The row needs a unique hash; this one belongs to a token that nobody holds.
      return { token: await seal(config, session, user), tokenHash: hashToken(createToken()) };
    },
    renew: (session, user) => seal(config, session, user),
    async read(token, now) {
      const opened = open(token, keyring);
      const claims = isPromise(opened) ? await opened : opened;
      const found = claims && readClaims(claims, token, now, config);
      return found && adapter ? confirm(found, adapter) : found;
    },
    async keyOf(token) {
      if (adapter === null) return null;
      const claims = await open(token, keyring);
      return typeof claims?.sid === "string" && claims.sid !== "" ? { id: claims.sid } : null;
    },
  };
}

/** Claims of a session, in the order in which they are written. */
export function tokenClaims(
  session: SessionRecord,
  user: SessionUser,
  config: Pick<ResolvedConfig, "issuer" | "audience">,
): TokenClaims {
  return {
    ...session.data,
    sub: user.id,
    sid: session.id,
    type: session.type,
    user: { id: user.id, email: user.email, name: user.name, picture: user.picture },
    iat: epochSeconds(session.updatedAt),
    exp: epochSeconds(session.expires),
    auth_time: epochSeconds(session.authenticatedAt),
    ...(config.issuer === null ? {} : { iss: config.issuer }),
    ...(config.audience === null ? {} : { aud: config.audience }),
  };
}

function seal(config: ResolvedConfig, session: SessionRecord, user: SessionUser): MaybePromise<string> {
  if (!config.encrypt) return sealSigned(config, session, user);
  const claims = tokenClaims(session, user, config);
  return encryptJwt(claims, config.keyring).then((token) => {
    refuseOversized(token, claims, config.cookie);
    return token;
  });
}

/**
 * The synchronous way, which `createSessionCookie` needs.
 *
 * @throws AuthError `session_too_large`; `claims_invalid` when a claim cannot be written as JSON
 */
export function sealSigned(config: ResolvedConfig, session: SessionRecord, user: SessionUser): string {
  const claims = tokenClaims(session, user, config);
  const token = sign(claims, config);
  refuseOversized(token, claims, config.cookie);
  return token;
}

function sign(claims: TokenClaims, config: ResolvedConfig): string {
  try {
    return signJwt(claims, config.keyring);
  } catch (cause) {
    throw new AuthError("claims_invalid", "a claim of the session cannot be written as JSON", { cause });
  }
}

/** From verified claims to a session; null when they are none of ours, are not valid now or break the policy. */
function readClaims(
  claims: Record<string, unknown>,
  token: string,
  now: Date,
  config: ResolvedConfig,
): FoundSession | null {
  const { user, sub, sid, type = UNNAMED_TYPE } = claims;
  if (!datesAreValid(claims, epochSeconds(now), config.lifetime.absoluteTimeout)) return null;
  if (!isUser(user) || (sub !== undefined && sub !== user.id)) return null;
  if (typeof type !== "string" || type === AGENT_TYPE || (sid !== undefined && typeof sid !== "string")) return null;
  if (config.issuer !== null && claims.iss !== config.issuer) return null;
  if (config.audience !== null && !hasAudience(claims.aud, config.audience)) return null;

  const { iat, exp, auth_time: authTime = iat } = claims as TokenClaims;
  const updatedAt = new Date(iat * 1000);
  const authenticatedAt = authTime === iat ? updatedAt : new Date(authTime * 1000);
  const session: SessionRecord = {
    id: sid ?? hashToken(token).slice(0, DERIVED_ID_LENGTH),
    userId: user.id,
    type,
    expires: new Date(exp * 1000),
    absoluteExpires: addSeconds(authenticatedAt, config.lifetime.absoluteTimeout),
    authenticatedAt,
    ipAddress: null,
    userAgent: null,
    data: appClaims(claims),
    parentId: null,
    agentId: null,
    scopes: null,
    createdAt: authenticatedAt,
    updatedAt,
  };
  return { session, user, outlivesRow: false };
}

/** Holds a verified token against its row: the row decides, the claims come from the token. */
async function confirm(
  found: FoundSession,
  adapter: NonNullable<ResolvedConfig["adapter"]>,
): Promise<FoundSession | null> {
  const row = await adapter.getSession({ id: found.session.id });
  if (row === null || row.session.userId !== found.session.userId) return null;
  const { expires, data } = found.session;
  return {
    user: row.user,
    session: { ...row.session, data, expires: earlier(expires, row.session.expires) },
    outlivesRow: expires > row.session.expires,
  };
}

/** The app's own claims: everything at top level that the engine does not write. */
export function appClaims(claims: Record<string, unknown>): Claims {
  const own: Claims = {};
  for (const name in claims) {
    // Assigning to `__proto__` would change the object instead of adding to it.
    if (!RESERVED_CLAIMS.has(name) && name !== "__proto__") own[name] = claims[name];
  }
  return own;
}

function isUser(user: unknown): user is SessionUser {
  return isObject(user) && typeof user.id === "string" && user.id !== "";
}

/** RFC 7519 §4.1.3: one audience, or an array that has ours as a member. */
function hasAudience(claim: unknown, audience: string): boolean {
  return Array.isArray(claim) ? claim.includes(audience) : claim === audience;
}
