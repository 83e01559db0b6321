/** A session that its token alone describes. The record is made when somebody asks for it: most reads need only the claims. */
import type { SessionConfig } from "../contracts/session-config.js";
import { DEFAULTS } from "../defaults.js";
import { addSeconds, epochSeconds, isoSecond, type Lifetime } from "../lifetime.js";
import type { Claims, Session, SessionRecord, SessionUser } from "../model.js";
import { addAppClaims, appClaims, datesAreValid, isObject, type TokenClaims } from "../token/claims.js";
import { hashToken } from "../token/opaque.js";
import type { FoundSession } from "./strategy.js";

/** Agents' tokens have their own key and `typ`; a session that claims to be one was not made by us (R-P7). */
const AGENT_TYPE = "mcp-agent";
/** Hash characters that make an id for a token without a `sid`. */
const DERIVED_ID_LENGTH = 24;

/** Checked claims: a hand-made token may leave out all but `user`, `iat` and `exp`. */
type CheckedClaims = Pick<TokenClaims, "user" | "iat" | "exp"> & Partial<TokenClaims>;

/** @returns null when the claims are none of ours, are not valid now or break the policy */
export function readTokenSession(
  claims: Record<string, unknown>,
  token: string,
  now: Date,
  config: SessionConfig,
): TokenSession | null {
  const { lifetime } = config;
  const valid =
    datesAreValid(claims, epochSeconds(now), lifetime.absoluteTimeout) &&
    namesUser(claims) &&
    (claims.sid === undefined || (typeof claims.sid === "string" && claims.sid !== "")) &&
    (claims.type === undefined || (typeof claims.type === "string" && claims.type !== AGENT_TYPE)) &&
    (config.issuer === null || claims.iss === config.issuer) &&
    (config.audience === null || hasAudience(claims.aud, config.audience));
  if (!valid) return null;
  const session = new TokenSession(claims as CheckedClaims, token, lifetime);
  return session.expiresAt > epochSeconds(now) ? session : null;
}

/**
 * When the user of a public session signed in, by the `user` object in it: spreading the session keeps that object, so that a session
 * signed anew by hand keeps its absolute limit (R-S6).
 */
const signInTimes = new WeakMap<object, number>();

/** @returns seconds since 1970; undefined for a user that was not read from a token */
export function signInTimeOf(user: object): number | undefined {
  return signInTimes.get(user);
}

export class TokenSession implements FoundSession {
  /** Seconds since 1970: `exp`, or earlier where the policy allows less time without activity. */
  readonly expiresAt: number;
  private readonly claims: CheckedClaims;
  private readonly token: string;
  private readonly lifetime: Lifetime;
  private record: SessionRecord | undefined;

  constructor(claims: CheckedClaims, token: string, lifetime: Lifetime) {
    this.claims = claims;
    this.token = token;
    this.lifetime = lifetime;
    const idleEnd = lifetime.idleTimeout === null ? claims.exp : claims.iat + lifetime.idleTimeout;
    this.expiresAt = Math.floor(Math.min(claims.exp, idleEnd));
  }

  /** A copy: the claims may be remembered for other reads. */
  get user(): SessionUser {
    return { ...this.claims.user };
  }

  get renewedAt(): Date {
    return new Date(this.claims.iat * 1000);
  }

  get id(): string {
    return this.claims.sid ?? hashToken(this.token).slice(0, DERIVED_ID_LENGTH);
  }

  get type(): string {
    return this.claims.type ?? DEFAULTS.sessionType;
  }

  get session(): SessionRecord {
    this.record ??= this.makeRecord();
    return this.record;
  }

  toPublic(): Session {
    const { user, iat, auth_time: authTime = iat } = this.claims;
    const session: Session & Claims = {
      id: this.id,
      type: this.type,
      user: { id: user.id, email: user.email, name: user.name, picture: user.picture },
      expires: isoSecond(this.expiresAt),
    };
    addAppClaims(session, this.claims);
    signInTimes.set(session.user, authTime);
    return session;
  }

  private makeRecord(): SessionRecord {
    const { user, iat, auth_time: authTime = iat } = this.claims;
    const authenticatedAt = new Date(authTime * 1000);
    return {
      id: this.id,
      userId: user.id,
      type: this.type,
      expires: new Date(this.expiresAt * 1000),
      absoluteExpires: addSeconds(authenticatedAt, this.lifetime.absoluteTimeout),
      authenticatedAt,
      ipAddress: null,
      userAgent: null,
      data: appClaims(this.claims),
      parentId: null,
      agentId: null,
      scopes: null,
      createdAt: authenticatedAt,
      updatedAt: this.renewedAt,
    };
  }
}

function namesUser({ user, sub }: Record<string, unknown>): boolean {
  return isObject(user) && typeof user.id === "string" && user.id !== "" && (sub === undefined || sub === user.id);
}

/** RFC 7519 §4.1.3: one audience, or an array that has ours as a member. */
function hasAudience(claim: unknown, audience: string): boolean {
  return Array.isArray(claim) ? claim.includes(audience) : claim === audience;
}
