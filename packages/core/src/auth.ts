/** `createAuth`: one config, checked once, behind every way of asking for a session. */
import type { SessionOf } from "./contracts/callbacks.js";
import { type AuthConfig, type ResolvedConfig, resolveConfig } from "./contracts/config.js";
import { isPromise } from "./contracts/deadline.js";
import { isAuthError } from "./errors.js";
import { type Connection, createRouter, errorResponse } from "./handler.js";
import type { MaybePromise, RequestHeaders, Session } from "./model.js";
import { toPublicSession } from "./session-claims.js";
import { SessionManager } from "./session-manager.js";
import type { SignOutResult } from "./session-reader.js";

/** What `authenticate` came to: a session with the cookies that carry it, or the code of the error. */
export interface AuthenticateResult<S extends Session = Session> {
  session?: S;
  /** Code from the table in `errors.ts`. */
  error?: string;
  /** Where to send the browser next, for providers that prove elsewhere. */
  redirectUrl?: string;
  /** `Set-Cookie` values to send, whatever else the answer is. */
  cookies?: string[];
  /** What a code was sent to, for providers that send one. */
  identifier?: string;
  /** Seconds for which that code is good. */
  expiresIn?: number;
}

/** The session of a request and the cookies that a renewal of it asks for. */
export interface RenewedSession<S extends Session = Session> {
  session: S | null;
  cookies: string[];
}

/** Sessions and sign-in of one app. */
export interface Auth<S extends Session = Session> {
  /** Answers everything under the base path; never throws. */
  handler(request: Request, connection?: Connection): Promise<Response>;
  /**
   * Reads the session of a request; writes nothing.
   *
   * @returns null for an anonymous request
   * @throws AuthError `unavailable` when the database cannot tell: neither signed in nor signed out
   */
  getSession(request: RequestHeaders): Promise<S | null>;
  /** Reads the session and renews it when it is due: for servers that can set cookies. @throws AuthError `unavailable` */
  renewSession(request: RequestHeaders): Promise<RenewedSession<S>>;
  /** Ends the session of a request. The cookies clear it in the browser even when the database is down. */
  signOut(request: RequestHeaders): Promise<SignOutResult>;
  /** Runs the sign-in that a request asks for, or reads its session where it asks for none. */
  authenticate(request: Request, connection?: Connection): Promise<AuthenticateResult<S>>;
  /** Answers for an error as the routes would: status, headers and body. Reports those of 500 and above. */
  errorResponse(error: unknown): Promise<Response>;
  readonly sessions: SessionManager;
  /** Path under which the routes live. */
  readonly basePath: string;
  /** Path of the sign-in page. */
  readonly signInPage: string;
  /** The checked config, for the functions of this package. */
  readonly [RESOLVED]: ResolvedConfig;
}

export const RESOLVED = Symbol.for("latchkey.config");

/**
 * Checks the config and makes an `Auth` of it.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function createAuth<const C extends AuthConfig>(config: C): Auth<SessionOf<C>> {
  type S = SessionOf<C>;
  const resolved = resolveConfig(config);
  const sessions = new SessionManager(resolved);
  const router = createRouter(resolved, sessions);

  return {
    handler: router.handle,
    async getSession(request) {
      const reading = sessions.read(request);
      const found = isPromise(reading) ? await reading : reading;
      return found && (toPublicSession(resolved, found) as MaybePromise<S>);
    },
    async renewSession(request) {
      const reading = await sessions.readAndRenew(request);
      if (reading === null) return { session: null, cookies: [] };
      const session = (await toPublicSession(resolved, reading.found)) as S;
      return { session, cookies: reading.cookie === null ? [] : [reading.cookie] };
    },
    signOut: (request) => sessions.signOut(request),
    async authenticate(request, connection) {
      try {
        const answer = await router.signIn(request, connection);
        if (answer?.session !== undefined)
          return { session: answer.session as S, cookies: [...(answer.cookies ?? [])] };
        const session = await this.getSession(request);
        return session === null ? { error: "unauthorized" } : { session };
      } catch (error) {
        if (isAuthError(error)) return { error: error.code };
        throw error;
      }
    },
    errorResponse: (error) => errorResponse(error, resolved),
    sessions,
    basePath: resolved.basePath,
    signInPage: resolved.errorRedirect,
    [RESOLVED]: resolved,
  };
}
