/** The session engine: creates, reads, renews, lists and ends sessions. Knows nothing of routes. */

import type { Adapter, SessionKey } from "./contracts/adapter.js";
import type { RevocationReason } from "./contracts/callbacks.js";
import type { ResolvedConfig } from "./contracts/config.js";
import { notify } from "./contracts/run.js";
import { clearCookie, readCookie, writeCookie } from "./cookie.js";
import { AuthError, isAuthError } from "./errors.js";
import { clientIp } from "./ip.js";
import { addSeconds, epochSeconds, expiryFrom, lifetimeOf } from "./lifetime.js";
import type { Claims, RequestHeaders, SessionRecord, SessionUser, UserRecord } from "./model.js";
import { withAppClaims } from "./session-claims.js";
import { databaseStrategy } from "./strategies/database.js";
import { jwtStrategy } from "./strategies/jwt.js";
import type { FoundSession, FoundUser, Strategy } from "./strategies/strategy.js";
import { createId } from "./token/opaque.js";

/** What a new session is told beside its user. */
export interface NewSessionOptions {
  /** The method of sign-in. @default "custom" */
  type?: string;
  /** Address of the connection as the server knows it; `X-Forwarded-For` is read past trusted proxies only. */
  ipAddress?: string | null;
  /** Claims of the app, as `callbacks.jwt` might add them. */
  claims?: Claims;
}

/** A session and the `Set-Cookie` value that carries it. */
export interface SessionWithCookie {
  session: SessionRecord;
  user: FoundUser;
  cookie: string;
}

/** What sign-out came to. */
export interface SignOutResult {
  /** `Set-Cookie` values that end the session in the browser, whatever else happened. */
  cookies: string[];
  /** True when a row was removed, so that the token is dead everywhere. A token without a row lives on until it expires. */
  revoked: boolean;
  /** Why the row could not be removed. The session then still exists. */
  error?: AuthError;
}

/** Most characters of a user agent that are kept. */
const USER_AGENT_LENGTH = 512;
const DEFAULT_TYPE = "custom";
const DEFAULT_BATCH = 1000;

export class SessionManager {
  readonly #config: ResolvedConfig;
  readonly #strategy: Strategy;
  /** Renewals under way in this process, so that parallel requests share one. */
  readonly #renewals = new Map<string, Promise<FoundSession | null>>();

  constructor(config: ResolvedConfig) {
    this.#config = config;
    this.#strategy = config.strategy === "database" ? databaseStrategy(this.#requireAdapter()) : jwtStrategy(config);
  }

  /**
   * Starts a session. The session that the request already has ends: a token never outlives a sign-in (R-S3).
   *
   * @param userOrId A user, or with an adapter the id of one
   * @returns the record with its token, this once, and the `Set-Cookie` value
   * @throws AuthError `user_not_found`, `user_disabled`, `session_limit_reached`, `session_too_large`, `callback_failed`, `unavailable`
   */
  async createSession(
    userOrId: SessionUser | string,
    request: RequestHeaders,
    options: NewSessionOptions = {},
  ): Promise<SessionWithCookie & { session: { token: string } }> {
    const { adapter, limit } = this.#config;
    const user = await this.#resolveUser(userOrId);
    const session = await withAppClaims(this.#config, this.#draft(user, request, options), user, "sign-in");
    const { token, tokenHash } = await this.#strategy.issue(session, user);

    if (adapter !== null) {
      const replaces = await this.#keyOf(request);
      const created = await adapter.createSession(
        { ...session, tokenHash },
        { ...(replaces && { replaces }), ...(limit && { limit }) },
      );
      if (created === null) throw new AuthError("session_limit_reached");
      await this.#orRemove(session, async () => {
        await this.#tellRevoked(created.replaced === null ? [] : [created.replaced], "replaced", null);
        await this.#tellRevoked(created.evicted, "evicted", user.id);
        await notify(this.#config.hooks, "onSignIn", { user, session, at: session.createdAt });
      });
    } else {
      await notify(this.#config.hooks, "onSignIn", { user, session, at: session.createdAt });
    }
    return { session: { ...session, token }, user, cookie: this.#cookieFor(session, token) };
  }

  /** Reads the session of a request. Writes nothing. @throws AuthError `unavailable` when the database cannot tell */
  async getSession(request: RequestHeaders): Promise<{ user: FoundUser; session: SessionRecord } | null> {
    const found = await this.read(request);
    return found && { user: found.user, session: found.session };
  }

  /** {@link getSession} as the engine itself uses it. */
  async read(request: RequestHeaders): Promise<FoundSession | null> {
    const token = this.#tokenOf(request);
    if (token === "conflicting")
      await notify(this.#config.hooks, "onCookieRejected", { reason: "conflicting", at: this.#config.now() });
    if (token === "absent" || token === "conflicting") return null;

    const now = this.#config.now();
    const found = await this.#strategy.read(token.token, now);
    return found !== null && this.#isLive(found, now) ? found : null;
  }

  /** Reads the session and, once `renewEvery` has passed, renews it. @returns the cookie to set where it was renewed */
  async readAndRenew(request: RequestHeaders): Promise<(FoundSession & { cookie: string | null }) | null> {
    const found = await this.read(request);
    if (found === null) return null;
    const due = found.outlivesRow || lifetimeOf(found.session, this.#config.now(), this.#config.lifetime) === "renew";
    if (!due) return { ...found, cookie: null };
    const renewed = await this.#renewWithCookie(found, request);
    return renewed && { ...renewed, outlivesRow: false };
  }

  /**
   * Renews the session of a request now. Many calls at once come to one renewal and the same token.
   *
   * @returns null when there is no session, also when it ended meanwhile: a renewal never revives one
   */
  async refreshSession(request: RequestHeaders): Promise<SessionWithCookie | null> {
    const found = await this.read(request);
    return found && this.#renewWithCookie(found, request);
  }

  /** Gives a session a new id and token after its user proved themselves anew; the old token is dead. @returns null when it ended meanwhile */
  async rotateSession(found: { user: FoundUser; session: SessionRecord }): Promise<SessionWithCookie | null> {
    const now = this.#config.now();
    const { lifetime } = this.#config;
    const absoluteExpires = addSeconds(now, lifetime.absoluteTimeout);
    const draft: SessionRecord = {
      ...found.session,
      id: createId(),
      authenticatedAt: now,
      updatedAt: now,
      absoluteExpires,
      expires: expiryFrom(now, absoluteExpires, lifetime),
    };
    const { createdAt, userId, ...change } = await withAppClaims(this.#config, draft, found.user, "rotation");
    const session = { ...change, createdAt, userId };
    const { token, tokenHash } = await this.#strategy.issue(session, found.user);
    const stored =
      this.#config.adapter === null ||
      (await this.#config.adapter.updateSession(found.session.id, { ...change, tokenHash }));
    return stored === null ? null : { session, user: found.user, cookie: this.#cookieFor(session, token) };
  }

  /** Signs this browser out. @returns the clearing `Set-Cookie` value. @throws AuthError `unavailable`; then the session still exists */
  async deleteSession(request: RequestHeaders): Promise<string> {
    const { cookies, error } = await this.signOut(request);
    if (error !== undefined) throw error;
    return cookies[0] as string;
  }

  /** Signs this browser out and says what came of it. Does not throw when the database is down: the cookie can still be cleared. */
  async signOut(request: RequestHeaders): Promise<SignOutResult> {
    const cookies = [clearCookie(this.#config.cookie)];
    try {
      const key = await this.#keyOf(request);
      const removed = key && (await this.#requireAdapter().deleteSession(key));
      if (!removed) return { cookies, revoked: false };
      await notify(this.#config.hooks, "onSignOut", {
        userId: removed.userId,
        sessionId: removed.id,
        at: this.#config.now(),
      });
      return { cookies, revoked: true };
    } catch (error) {
      if (isAuthError(error)) return { cookies, revoked: false, error };
      throw error;
    }
  }

  /** The sessions of a user that live, newest sign-in first. @throws AuthError `adapter_required` */
  async listSessions(userId: string): Promise<SessionRecord[]> {
    return this.#requireAdapter().listSessions(userId, this.#config.now());
  }

  /** Ends one session; with `userId` only if it is that user's. @returns false when there was none */
  async revokeSession(id: string, condition?: { userId: string }): Promise<boolean> {
    const removed = await this.#requireAdapter().deleteSession({ id }, condition);
    if (removed !== null) await this.#tellRevoked([removed.id], "revoked", removed.userId);
    return removed !== null;
  }

  /** Ends all sessions of a user, agents' too, but for `except`. @returns how many */
  async revokeUserSessions(
    userId: string,
    options: { except?: string; reason?: RevocationReason } = {},
  ): Promise<number> {
    const { except, reason = "revoked" } = options;
    const removed = await this.#requireAdapter().deleteUserSessions(userId, except === undefined ? {} : { except });
    await this.#tellRevoked(removed, reason, userId);
    return removed.length;
  }

  /** Removes expired sessions and verifications, `batch` at a time, so that no statement holds a lock for long. @returns how many */
  async deleteExpired({ batch = DEFAULT_BATCH }: { batch?: number } = {}): Promise<number> {
    if (!Number.isSafeInteger(batch) || batch < 1)
      throw new AuthError("request_invalid", "batch must be a whole number, at least 1");
    const adapter = this.#requireAdapter();
    const before = this.#config.now();
    let total = 0;
    for (let removed = -1; removed !== 0; total += removed) removed = await adapter.deleteExpired(before, batch);
    return total;
  }

  #draft(user: SessionUser, request: RequestHeaders, options: NewSessionOptions): SessionRecord {
    const now = this.#config.now();
    const absoluteExpires = addSeconds(new Date(epochSeconds(now) * 1000), this.#config.lifetime.absoluteTimeout);
    return {
      id: createId(),
      userId: user.id,
      type: options.type ?? DEFAULT_TYPE,
      expires: expiryFrom(now, absoluteExpires, this.#config.lifetime),
      absoluteExpires,
      authenticatedAt: now,
      ipAddress: clientIp(
        request.headers.get("x-forwarded-for"),
        options.ipAddress ?? null,
        this.#config.trustedProxies,
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
    const user = typeof userOrId === "string" ? await this.#requireAdapter().getUser(userOrId) : userOrId;
    if (user === null) throw new AuthError("user_not_found", "createSession was given the id of no user");
    if (typeof user?.id !== "string" || user.id === "")
      throw new AuthError("request_invalid", "createSession needs a user with an id");
    if ((user as Partial<UserRecord>).disabledAt) throw new AuthError("user_disabled");
    return user;
  }

  async #renewWithCookie(found: FoundSession, request: RequestHeaders): Promise<SessionWithCookie | null> {
    const reading = this.#tokenOf(request);
    const renewed = await this.#renewOnce(found);
    if (renewed === null || typeof reading === "string") return null;
    const token = await this.#strategy.renew(renewed.session, renewed.user, reading.token);
    return { session: renewed.session, user: renewed.user, cookie: this.#cookieFor(renewed.session, token) };
  }

  /** One renewal per session at a time in this process; the condition on `updatedAt` makes it one among all processes. */
  #renewOnce(found: FoundSession): Promise<FoundSession | null> {
    const underWay = this.#renewals.get(found.session.id);
    if (underWay !== undefined) return underWay;
    const renewal = this.#renew(found).finally(() => this.#renewals.delete(found.session.id));
    this.#renewals.set(found.session.id, renewal);
    return renewal;
  }

  async #renew(found: FoundSession): Promise<FoundSession | null> {
    const { adapter, hooks, lifetime } = this.#config;
    const now = this.#config.now();
    const draft = {
      ...found.session,
      updatedAt: now,
      expires: expiryFrom(now, found.session.absoluteExpires, lifetime),
    };
    const session = await withAppClaims(this.#config, draft, found.user, "renewal");
    if (adapter !== null) {
      const { expires, data, updatedAt } = session;
      const stored = await adapter.updateSession(
        session.id,
        { expires, data, updatedAt },
        { updatedAt: found.session.updatedAt },
      );
      if (stored === null) return this.#successorOf(session.id, adapter);
    }
    await notify(hooks, "onSessionRenewed", {
      userId: session.userId,
      sessionId: session.id,
      expires: session.expires,
      at: now,
    });
    return { ...found, session };
  }

  /** What another request made of a session that this one wanted to renew: its renewal, or its end. */
  async #successorOf(id: string, adapter: Adapter): Promise<FoundSession | null> {
    const row = await adapter.getSession({ id });
    const found = row && { ...row, outlivesRow: false };
    return found !== null && this.#isLive(found, this.#config.now()) ? found : null;
  }

  #isLive(found: FoundSession, now: Date): boolean {
    return (
      lifetimeOf(found.session, now, this.#config.lifetime) !== "expired" &&
      !found.user.disabledAt &&
      found.session.agentId === null
    );
  }

  #tokenOf(request: RequestHeaders) {
    return readCookie(request.headers.get("cookie"), this.#config.cookie);
  }

  async #keyOf(request: RequestHeaders): Promise<SessionKey | null> {
    const reading = this.#tokenOf(request);
    return typeof reading === "string" ? null : this.#strategy.keyOf(reading.token);
  }

  #cookieFor(session: SessionRecord, token: string): string {
    return writeCookie(token, epochSeconds(session.expires) - epochSeconds(this.#config.now()), this.#config.cookie);
  }

  async #tellRevoked(sessionIds: string[], reason: RevocationReason, userId: string | null): Promise<void> {
    if (sessionIds.length === 0) return;
    await notify(this.#config.hooks, "onSessionRevoked", { userId, sessionIds, reason, at: this.#config.now() });
  }

  /** A session whose hooks fail must not be left behind; its token has not left the server. */
  async #orRemove(session: SessionRecord, tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } catch (error) {
      await this.#requireAdapter().deleteSession({ id: session.id });
      throw error;
    }
  }

  #requireAdapter(): Adapter {
    if (this.#config.adapter === null)
      throw new AuthError(
        "adapter_required",
        "sessions without an adapter are tokens alone: nothing to list or revoke",
      );
    return this.#config.adapter;
  }
}

/** Control characters would reach logs and pages (R-L2). */
function cleanUserAgent(userAgent: string | null): string | null {
  return userAgent === null ? null : userAgent.replace(/\p{Cc}/gu, " ").slice(0, USER_AGENT_LENGTH);
}
