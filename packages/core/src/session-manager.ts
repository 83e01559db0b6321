/** The session engine: starts, renews, lists and ends sessions. Knows nothing of routes. */

import type {
  CreateSessionOptions,
  FactorChanged,
  KeptSession,
  SessionCreated,
  SessionKey,
} from "./contracts/adapter.js";
import type { RevocationReason } from "./contracts/callbacks.js";
import type { ResolvedConfig } from "./contracts/config.js";
import { isPromise } from "./contracts/deadline.js";
import { notify, report } from "./contracts/run.js";
import { DEFAULTS } from "./defaults.js";
import { AuthError, isAuthError } from "./errors.js";
import { clientIp } from "./ip.js";
import { addSeconds, expiryFrom, isRenewalDue, wholeSecond } from "./lifetime.js";
import type { Claims, MaybePromise, RequestHeaders, SessionRecord, SessionUser, UserRecord } from "./model.js";
import { withAppClaims } from "./session-claims.js";
import { SessionReader, type SignOutResult } from "./session-reader.js";
import { SessionRenewal, type SessionWithCookie } from "./session-renewal.js";
import { foundIn } from "./strategies/found-row.js";
import type { FoundSession, FoundUser } from "./strategies/strategy.js";
import { createId } from "./token/opaque.js";

/** What a new session is told beside its user. */
export interface NewSessionOptions {
  /** The method of sign-in. @default "custom" */
  type?: string;
  /** Address of the connection as the server knows it; `X-Forwarded-For` is read past trusted proxies only. */
  ipAddress?: string | null;
  /** Claims of the app, as `callbacks.jwt` might add them. */
  claims?: Claims;
  /**
   * The account that led to the user: the session starts only while they have it and, where its password was compared, while it has this
   * hash. Needs an adapter.
   */
  account?: NonNullable<CreateSessionOptions["account"]>;
}

/** A session that was read, and the cookie to set where it was renewed. */
export interface SessionReading {
  found: FoundSession;
  cookie: string | null;
}

/** Most characters of a user agent that are kept. */
const USER_AGENT_LENGTH = 512;
const DEFAULT_BATCH = 1000;

export class SessionManager extends SessionReader<ResolvedConfig> {
  readonly #renewal: SessionRenewal;

  constructor(config: ResolvedConfig) {
    super(config);
    this.#renewal = new SessionRenewal(config, this.strategy);
  }

  /**
   * Starts a session. The session that the request already has ends: a token never outlives a sign-in (R-S3).
   *
   * @param userOrId A user, or with an adapter the id of one
   * @returns the record with its token, this once, and the `Set-Cookie` value
   * @throws AuthError `user_not_found`, `user_disabled`, `session_limit_reached`, `session_too_large`, `callback_failed`, `unavailable`;
   *   `invalid_credentials` when `options.account` is gone or has another hash by now
   */
  async createSession(
    userOrId: SessionUser | string,
    request: RequestHeaders,
    options: NewSessionOptions = {},
  ): Promise<SessionWithCookie & { session: { token: string } }> {
    const { limit } = this.config;
    const { account } = options;
    const adapter = account === undefined ? this.config.adapter : this.requireAdapter();
    const user = await this.#resolveUser(userOrId);
    const { type = DEFAULTS.sessionType } = options;
    await notify(this.config.hooks, "beforeSignIn", { user, type, at: this.config.now() });
    const session = await withAppClaims(this.config, this.#draft(user, request, options), user, "sign-in");
    const { token, tokenHash } = await this.strategy.issue(session, user);

    if (adapter !== null) {
      const [replaces, ...others] = await this.keysOf(request);
      const created = await adapter.createSession(
        { ...session, tokenHash },
        { ...(replaces && { replaces }), ...(limit && { limit }), ...(account && { account }) },
      );
      if (created === null) throw new AuthError("session_limit_reached");
      await this.#orRemove(session, () => this.#tellCreated(session, user, created, others));
    } else {
      await notify(this.config.hooks, "onSignIn", { user, session, at: session.createdAt });
    }
    return { session: { ...session, token }, user, cookie: this.#renewal.cookieFor(session, token) };
  }

  /**
   * Reads the session and, once `renewEvery` has passed, renews it. A renewal that cannot be written is left for the next
   * request: the session was read, and it is valid.
   *
   * @returns the cookie to set where it was renewed
   */
  readAndRenew(request: RequestHeaders): MaybePromise<SessionReading | null> {
    const now = this.config.now();
    const found = this.read(request, now);
    // A token without a row is read without a wait.
    if (!isPromise(found)) return this.#renewIfDue(found, request, now);
    return found.then((one) => this.#renewIfDue(one, request, now));
  }

  #renewIfDue(found: FoundSession | null, request: RequestHeaders, now: Date): MaybePromise<SessionReading | null> {
    if (found === null) return null;
    const isDue = isRenewalDue(found.renewedAt, now, this.config.lifetime);
    return isDue ? this.#tryRenewal(found, request) : { found, cookie: null };
  }

  async #tryRenewal(found: FoundSession, request: RequestHeaders): Promise<SessionReading | null> {
    try {
      const renewed = await this.#renewal.renew(found, this.#requireToken(request));
      return renewed && { found: foundIn(renewed), cookie: renewed.cookie };
    } catch (error) {
      if (!isAuthError(error, "unavailable")) throw error;
      await report(this.config.hooks, error);
      return { found, cookie: null };
    }
  }

  /**
   * Renews the session of a request now. Many calls at once, and within seconds of each other, come to one renewal and the
   * same token.
   *
   * @returns null when there is no session, also when it ended meanwhile: a renewal never revives one
   */
  async refreshSession(request: RequestHeaders): Promise<SessionWithCookie | null> {
    const found = await this.read(request);
    return found && this.#renewal.renew(found, this.#requireToken(request));
  }

  /**
   * Gives the session of a request a new id and token, after its user proved themselves anew or gained a right (R-S3). The old
   * token is dead, where there is a row; the absolute limit starts anew.
   */
  async rotateSession(request: RequestHeaders): Promise<SessionWithCookie | null> {
    const found = await this.read(request);
    return found && this.#renewal.rotate(found);
  }

  /**
   * Changes a credential and, in the same transaction, ends all other sessions of its user and gives this one a new id and token. No
   * hook is told before all of it is written.
   *
   * @param apply Writes the credential and the sessions
   * @returns the session as it goes on; null when it had ended: then the credential is changed all the same
   */
  async changeFactor(
    found: FoundSession,
    apply: (keep: KeptSession) => Promise<FactorChanged>,
  ): Promise<{ rotated: SessionWithCookie | null; ended: string[] }> {
    let ended: string[] = [];
    const rotated = await this.#renewal.rotate(found, async (keep) => {
      const changed = await apply(keep);
      ended = changed.ended;
      return changed.kept !== null;
    });
    return { rotated, ended };
  }

  /** Tells the app of sessions that ended because a credential was changed. */
  async tellFactorChanged(userId: string, ended: string[]): Promise<void> {
    await this.#tellRevoked(ended, "factor_changed", userId);
  }

  /**
   * {@link SessionReader.signOut}, with `hooks.beforeSignOut` told first. Where that fails the session ends all the same: nobody is kept
   * signed in against their will.
   */
  override async signOut(request: RequestHeaders): Promise<SignOutResult> {
    const failure = this.config.hooks.beforeSignOut && (await this.#tellBeforeSignOut(request));
    const result = await super.signOut(request);
    return failure === undefined ? result : { error: failure, ...result };
  }

  async #tellBeforeSignOut(request: RequestHeaders): Promise<AuthError | undefined> {
    try {
      const found = await this.read(request);
      if (found !== null)
        await notify(this.config.hooks, "beforeSignOut", { session: found.session, at: this.config.now() });
    } catch (error) {
      if (isAuthError(error)) return error;
      throw error;
    }
  }

  /** The sessions of a user that live, newest sign-in first. @throws AuthError `adapter_required` */
  async listSessions(userId: string): Promise<SessionRecord[]> {
    return this.requireAdapter().listSessions(userId, this.config.now());
  }

  /** Ends one session; with `userId` only if it is that user's. @returns false when there was none */
  async revokeSession(id: string, condition?: { userId: string }): Promise<boolean> {
    const removed = await this.requireAdapter().deleteSession({ id }, condition);
    if (removed !== null) await this.#tellRevoked([removed.id], "revoked", removed.userId);
    return removed !== null;
  }

  /** Ends all sessions of a user, agents' too, but for `except`. @returns how many */
  async revokeUserSessions(
    userId: string,
    options: { except?: string; reason?: RevocationReason } = {},
  ): Promise<number> {
    const { except, reason = "revoked" } = options;
    const removed = await this.requireAdapter().deleteUserSessions(userId, except === undefined ? {} : { except });
    await this.#tellRevoked(removed, reason, userId);
    return removed.length;
  }

  /**
   * Ends every session of everybody, agents' too: for the operator, after a theft of the database, say. No hook is told. @returns how
   * many
   */
  async revokeAllSessions(): Promise<number> {
    return this.requireAdapter().deleteAllSessions();
  }

  /** Removes expired sessions and verifications, `batch` at a time, so that no statement holds a lock for long. @returns how many */
  async deleteExpired({ batch = DEFAULT_BATCH }: { batch?: number } = {}): Promise<number> {
    if (!Number.isSafeInteger(batch) || batch < 1)
      throw new AuthError("request_invalid", "batch must be a whole number, at least 1");
    const adapter = this.requireAdapter();
    const before = this.config.now();
    let total = 0;
    for (let removed = -1; removed !== 0; total += removed) removed = await adapter.deleteExpired(before, batch);
    return total;
  }

  #draft(user: SessionUser, request: RequestHeaders, options: NewSessionOptions): SessionRecord {
    const now = this.config.now();
    const absoluteExpires = addSeconds(wholeSecond(now), this.config.lifetime.absoluteTimeout);
    return {
      id: createId(),
      userId: user.id,
      type: options.type ?? DEFAULTS.sessionType,
      expires: expiryFrom(now, absoluteExpires, this.config.lifetime),
      absoluteExpires,
      authenticatedAt: now,
      ipAddress: clientIp(
        request.headers.get("x-forwarded-for"),
        options.ipAddress ?? null,
        this.config.trustedProxies,
      ),
      userAgent: cleanUserAgent(request.headers.get("user-agent")),
      data: options.claims ?? {},
      parentId: null,
      agentId: null,
      scopes: null,
      createdAt: now,
      updatedAt: now,
    };
  }

  async #resolveUser(userOrId: SessionUser | string): Promise<FoundUser> {
    const user = typeof userOrId === "string" ? await this.requireAdapter().getUser(userOrId) : userOrId;
    if (user === null) throw new AuthError("user_not_found", "createSession was given the id of no user");
    if (typeof user?.id !== "string" || user.id === "")
      throw new AuthError("request_invalid", "createSession needs a user with an id");
    if ((user as Partial<UserRecord>).disabledAt) throw new AuthError("user_disabled");
    return user;
  }

  #requireToken(request: RequestHeaders): string {
    const reading = this.tokenOf(request);
    if (typeof reading === "string") throw new AuthError("unauthorized");
    return reading.token;
  }

  async #tellRevoked(sessionIds: string[], reason: RevocationReason, userId: string | null): Promise<void> {
    if (sessionIds.length === 0) return;
    await notify(this.config.hooks, "onSessionRevoked", { userId, sessionIds, reason, at: this.config.now() });
  }

  /** @param others further sessions that the request presented */
  async #tellCreated(session: SessionRecord, user: FoundUser, created: SessionCreated, others: SessionKey[]) {
    const removed = await Promise.all(others.map((key) => this.requireAdapter().deleteSession(key)));
    const replaced = [created.replaced, ...removed.map((row) => row?.id ?? null)].filter((id) => id !== null);
    await this.#tellRevoked(replaced, "replaced", null);
    await this.#tellRevoked(created.evicted, "evicted", user.id);
    await notify(this.config.hooks, "onSignIn", { user, session, at: session.createdAt });
  }

  /** A session whose hooks fail must not be left behind; its token has not left the server. */
  async #orRemove(session: SessionRecord, tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } catch (error) {
      await this.requireAdapter().deleteSession({ id: session.id });
      throw error;
    }
  }
}

/** Control characters would reach logs and pages (R-L2). */
function cleanUserAgent(userAgent: string | null): string | null {
  return userAgent === null ? null : userAgent.replace(/\p{Cc}/gu, " ").slice(0, USER_AGENT_LENGTH);
}
