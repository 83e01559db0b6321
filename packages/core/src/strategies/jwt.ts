/** The cookie holds a signed or encrypted token. With an adapter the row must still be there, too. */
import type { Adapter } from "../contracts/adapter.js";
import { isPromise } from "../contracts/deadline.js";
import { report } from "../contracts/run.js";
import type { SessionConfig } from "../contracts/session-config.js";
import { refuseOversized } from "../cookie.js";
import { AuthError, isAuthError } from "../errors.js";
import { earlier, epochSeconds } from "../lifetime.js";
import type { MaybePromise, SessionRecord, SessionUser } from "../model.js";
import type { TokenClaims } from "../token/claims.js";
import { decryptJwt, encryptJwt } from "../token/jwe.js";
import { signJwt, verifyJwt } from "../token/jwt.js";
import { createToken, hashToken } from "../token/opaque.js";
import { foundIn, foundRow } from "./found-row.js";
import type { FoundSession, Strategy } from "./strategy.js";
import { readTokenSession, type TokenSession } from "./token-session.js";

export function jwtStrategy(config: SessionConfig): Strategy {
  const { adapter, keyring } = config;
  const open = config.encrypt ? decryptJwt : verifyJwt;

  return {
    async issue(session, user) {
      // The row needs a unique hash; this one belongs to a token that nobody holds.
      return { token: await seal(config, session, user), tokenHash: hashToken(createToken()) };
    },
    renew: (session, user) => seal(config, session, user),
    read(token, now) {
      const claims = open(token, keyring);
      // A signed token without a row is read without a wait.
      if (!isPromise(claims)) return judge(claims, token, now, config);
      return claims.then((opened) => judge(opened, token, now, config));
    },
    async keyOf(token) {
      if (adapter === null) return null;
      const claims = await open(token, keyring);
      return typeof claims?.sid === "string" && claims.sid !== "" ? { id: claims.sid } : null;
    },
  };
}

function judge(
  claims: Record<string, unknown> | null,
  token: string,
  now: Date,
  config: SessionConfig,
): MaybePromise<FoundSession | null> {
  const found = claims === null ? null : readTokenSession(claims, token, now, config);
  return found === null || !hasAdapter(config) ? found : confirm(found, now, config);
}

type WithAdapter = SessionConfig & { adapter: Adapter };

function hasAdapter(config: SessionConfig): config is WithAdapter {
  return config.adapter !== null;
}

/** Holds a verified token against its row: the row decides, the claims come from the token. */
async function confirm(token: TokenSession, now: Date, config: WithAdapter): Promise<FoundSession | null> {
  const row = await config.adapter.getSession({ id: token.id });
  const found = foundRow(row, now, config.lifetime);
  if (found === null || found.session.userId !== token.user.id) return null;
  const { session, user } = found;
  const { expires, updatedAt, data } = token.session;
  const isSignedAnew = updatedAt > session.updatedAt && expires > session.expires;
  const rowExpires = isSignedAnew ? await extendRow(session, token.session, config) : session.expires;
  return foundIn({ session: { ...session, data, expires: earlier(expires, rowExpires) }, user });
}

/**
 * The app signed this session anew by hand to live longer (`createSessionCookie`); its row follows, within its absolute limit.
 *
 * @returns how long the row now lives; unchanged where the database takes no writes or another request was first
 */
async function extendRow(row: SessionRecord, token: SessionRecord, { adapter, hooks }: WithAdapter): Promise<Date> {
  const expires = earlier(token.expires, row.absoluteExpires);
  const { updatedAt } = token;
  try {
    const extended = await adapter.updateSession(row.id, { expires, updatedAt }, { updatedAt: row.updatedAt });
    return extended === null ? row.expires : expires;
  } catch (error) {
    if (!isAuthError(error, "unavailable")) throw error;
    await report(hooks, error);
    return row.expires;
  }
}

/** Claims of a session, in the order in which they are written. */
export function tokenClaims(
  session: SessionRecord,
  user: SessionUser,
  config: Pick<SessionConfig, "issuer" | "audience">,
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

function seal(config: SessionConfig, session: SessionRecord, user: SessionUser): MaybePromise<string> {
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
export function sealSigned(config: SessionConfig, session: SessionRecord, user: SessionUser): string {
  const claims = tokenClaims(session, user, config);
  const token = sign(claims, config);
  refuseOversized(token, claims, config.cookie);
  return token;
}

function sign(claims: TokenClaims, config: SessionConfig): string {
  try {
    return signJwt(claims, config.keyring);
  } catch (cause) {
    throw new AuthError("claims_invalid", "a claim of the session cannot be written as JSON", { cause });
  }
}
