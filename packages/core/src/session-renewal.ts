/** Renews a session, once for however many ask at a time, and gives it a new token when its user proved themselves anew. */
import type { Adapter, KeptSession } from "./contracts/adapter.js";
import { notify } from "./contracts/run.js";
import type { SessionConfig } from "./contracts/session-config.js";
import { writeCookie } from "./cookie.js";
import { addSeconds, epochSeconds, expiryFrom, wholeSecond } from "./lifetime.js";
import type { SessionRecord } from "./model.js";
import { withAppClaims } from "./session-claims.js";
import { foundIn, foundRow } from "./strategies/found-row.js";
import type { FoundSession, FoundUser, Strategy } from "./strategies/strategy.js";
import { createId } from "./token/opaque.js";

/** A session and the `Set-Cookie` value that carries it. */
export interface SessionWithCookie {
  session: SessionRecord;
  user: FoundUser;
  cookie: string;
}

/** Seconds for which a renewal serves all who ask for one; `renewEvery` where that is shorter (F-14). */
const REUSE_RENEWAL = 10;

export class SessionRenewal {
  readonly #config: SessionConfig;
  readonly #strategy: Strategy;
  /** Renewals under way in this process, by the token that was presented: without a row nothing makes a session id unique. */
  readonly #underWay = new Map<string, Promise<SessionWithCookie | null>>();

  constructor(config: SessionConfig, strategy: Strategy) {
    this.#config = config;
    this.#strategy = strategy;
  }

  /**
   * Renews a session that was read. Many calls at once come to one renewal and the same token: one at a time in this process,
   * and the condition on `updatedAt` makes it one among all processes.
   *
   * @param token The token that was presented
   * @returns null when the session ended meanwhile: a renewal never revives one
   */
  renew(found: FoundSession, token: string): Promise<SessionWithCookie | null> {
    const underWay = this.#underWay.get(token);
    if (underWay !== undefined) return underWay;
    const renewal = this.#renewWithCookie(found, token).finally(() => this.#underWay.delete(token));
    this.#underWay.set(token, renewal);
    return renewal;
  }

  /**
   * Gives a session a new id and token; the old ones are dead.
   *
   * @param store Writes the session, and whatever has to change together with it; false when it ended meanwhile. Without it the
   *   session alone is written
   * @returns null when it ended meanwhile
   */
  async rotate(found: FoundSession, store = this.#storeRotation): Promise<SessionWithCookie | null> {
    const now = this.#config.now();
    const { lifetime } = this.#config;
    const absoluteExpires = addSeconds(wholeSecond(now), lifetime.absoluteTimeout);
    const expires = expiryFrom(now, absoluteExpires, lifetime);
    const draft = { ...found.session, id: createId(), authenticatedAt: now, updatedAt: now, absoluteExpires, expires };
    const session = await withAppClaims(this.#config, draft, found.user, "rotation");
    const { token, tokenHash } = await this.#strategy.issue(session, found.user);
    const { userId, createdAt, ...change } = session;
    if (!(await store({ id: found.session.id, change: { ...change, tokenHash } }))) return null;
    return { session, user: found.user, cookie: this.cookieFor(session, token) };
  }

  readonly #storeRotation = async ({ id, change }: KeptSession): Promise<boolean> => {
    const { adapter } = this.#config;
    return adapter === null || (await adapter.updateSession(id, change)) !== null;
  };

  /** `Max-Age` is what `expires` leaves. */
  cookieFor(session: SessionRecord, token: string): string {
    return writeCookie(token, epochSeconds(session.expires) - epochSeconds(this.#config.now()), this.#config.cookie);
  }

  async #renewWithCookie(found: FoundSession, token: string): Promise<SessionWithCookie | null> {
    const renewed = await this.#renew(found);
    if (renewed === null) return null;
    const { session, user } = renewed;
    return { session, user, cookie: this.cookieFor(session, await this.#strategy.renew(session, user, token)) };
  }

  async #renew(found: FoundSession): Promise<FoundSession | null> {
    const { adapter, hooks, lifetime } = this.#config;
    const { user } = found;
    const now = this.#config.now();
    if (adapter !== null && this.#wasJustRenewed(found, now)) return this.#successorOf(found.session.id, adapter);
    const expires = expiryFrom(now, found.session.absoluteExpires, lifetime);
    const session = await withAppClaims(this.#config, { ...found.session, updatedAt: now, expires }, user, "renewal");
    if (adapter !== null && !(await this.#store(session, found.session.updatedAt, adapter))) {
      return this.#successorOf(session.id, adapter);
    }
    const event = { userId: session.userId, sessionId: session.id, expires: session.expires, at: now };
    await notify(hooks, "onSessionRenewed", event);
    return foundIn({ session, user });
  }

  /** True within seconds after another request renewed it: a crowd that comes one after another gets one renewal, too. */
  #wasJustRenewed({ session }: FoundSession, now: Date): boolean {
    const seconds = Math.min(REUSE_RENEWAL, this.#config.lifetime.renewEvery);
    const isRenewed = session.updatedAt > session.authenticatedAt;
    return isRenewed && now < addSeconds(session.updatedAt, seconds);
  }

  /** @returns false when the session is gone or was renewed since it was read */
  async #store({ id, expires, data, updatedAt }: SessionRecord, readAt: Date, adapter: Adapter): Promise<boolean> {
    return (await adapter.updateSession(id, { expires, data, updatedAt }, { updatedAt: readAt })) !== null;
  }

  /** What another request made of a session that this one wanted to renew: its renewal, or its end. */
  async #successorOf(id: string, adapter: Adapter): Promise<FoundSession | null> {
    return foundRow(await adapter.getSession({ id }), this.#config.now(), this.#config.lifetime);
  }
}
