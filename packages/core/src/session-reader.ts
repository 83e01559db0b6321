/** Reads the session of a request, and ends it: all that a server needs which starts none. */
import type { Adapter, SessionKey } from "./contracts/adapter.js";
import { notify } from "./contracts/run.js";
import type { SessionConfig } from "./contracts/session-config.js";
import { type CookieReading, clearAllCookies, presentedTokens, readCookie } from "./cookie.js";
import { AuthError, isAuthError } from "./errors.js";
import type { MaybePromise, RequestHeaders, SessionRecord } from "./model.js";
import { databaseStrategy } from "./strategies/database.js";
import { jwtStrategy } from "./strategies/jwt.js";
import type { FoundSession, FoundUser, Strategy } from "./strategies/strategy.js";

/** What sign-out came to. */
export interface SignOutResult {
  /** `Set-Cookie` values that end the session in the browser, whatever else happened. */
  cookies: string[];
  /** True when a row was removed, so that the token is dead everywhere. A token without a row lives on until it expires. */
  revoked: boolean;
  /** Why the row could not be removed, or that `hooks.onSignOut` failed. */
  error?: AuthError;
}

/** Most tokens of one request that are looked at; a browser has one, or two while a cookie's name changes. */
const MAX_PRESENTED = 4;

export class SessionReader<C extends SessionConfig = SessionConfig> {
  // Private, so that no log or JSON of the object shows the keys.
  readonly #config: C;
  readonly #strategy: Strategy;

  constructor(config: C) {
    this.#config = config;
    this.#strategy =
      config.strategy === "database" ? databaseStrategy(this.requireAdapter(), config.lifetime) : jwtStrategy(config);
  }

  protected get config(): C {
    return this.#config;
  }

  protected get strategy(): Strategy {
    return this.#strategy;
  }

  /**
   * Reads the session of a request. Writes nothing, but for the row of a session that the app signed anew by hand
   * (`createSessionCookie`): that follows its token once.
   *
   * @throws AuthError `unavailable` when the database cannot tell
   */
  async getSession(request: RequestHeaders): Promise<{ user: FoundUser; session: SessionRecord } | null> {
    const found = await this.read(request);
    return found && { user: found.user, session: found.session };
  }

  /** {@link getSession} as the engine itself uses it: without a wait where the token alone says everything. */
  read(request: RequestHeaders, now = this.config.now()): MaybePromise<FoundSession | null> {
    const reading = this.tokenOf(request);
    if (reading === "absent") return null;
    if (reading === "conflicting") return this.#rejectCookies();

    return this.strategy.read(reading.token, now);
  }

  /** Nobody can tell which of two session cookies is the user's own (R-C8). */
  async #rejectCookies(): Promise<null> {
    await notify(this.config.hooks, "onCookieRejected", { reason: "conflicting", at: this.config.now() });
    return null;
  }

  /** Signs this browser out. @returns the clearing `Set-Cookie` value. @throws AuthError `unavailable`; then the session still exists */
  async deleteSession(request: RequestHeaders): Promise<string> {
    const { cookies, error } = await this.signOut(request);
    if (error !== undefined) throw error;
    return cookies[0] as string;
  }

  /**
   * Signs this browser out and says what came of it: every session whose token the request presents ends. Does not throw when the
   * database is down: the cookie can still be cleared.
   */
  async signOut(request: RequestHeaders): Promise<SignOutResult> {
    const cookies = clearAllCookies(this.config.cookie);
    const removed: SessionRecord[] = [];
    try {
      for (const key of await this.keysOf(request)) {
        const session = await this.requireAdapter().deleteSession(key);
        if (session !== null) removed.push(session);
      }
      // Told last: a hook that fails must not keep another session alive.
      for (const session of removed) await this.#tellSignedOut(session);
      return { cookies, revoked: removed.length > 0 };
    } catch (error) {
      if (isAuthError(error)) return { cookies, revoked: removed.length > 0, error };
      throw error;
    }
  }

  async #tellSignedOut({ userId, id }: SessionRecord): Promise<void> {
    await notify(this.config.hooks, "onSignOut", { userId, sessionId: id, at: this.config.now() });
  }

  protected tokenOf(request: RequestHeaders): CookieReading {
    return readCookie(request.headers.get("cookie"), this.config.cookie);
  }

  /** The rows of all tokens that a request presents: whoever holds a token may end its session. */
  protected async keysOf(request: RequestHeaders): Promise<SessionKey[]> {
    const tokens = presentedTokens(request.headers.get("cookie"), this.config.cookie);
    const keys = await Promise.all(tokens.slice(0, MAX_PRESENTED).map((token) => this.strategy.keyOf(token)));
    return keys.filter((key) => key !== null);
  }

  protected requireAdapter(): Adapter {
    if (this.config.adapter === null)
      throw new AuthError("adapter_required", "sessions without an adapter are tokens alone");
    return this.config.adapter;
  }
}
