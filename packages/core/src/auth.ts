/** `createAuth`: one config, checked once, behind every way of asking for a session. */
import { AccountManager } from "./account-manager.js";
import type { SessionOf } from "./contracts/callbacks.js";
import { type ResolvedConfig, resolveConfig } from "./contracts/config.js";
import { isPromise } from "./contracts/deadline.js";
import type { AuthConfig } from "./contracts/options.js";
import { AuthError } from "./errors.js";
import { type Connection, createRouter, errorResponse, reported } from "./handler.js";
import type { MaybePromise, RequestHeaders, Session } from "./model.js";
import { toPublicSession } from "./session-claims.js";
import { SessionManager, type SessionReading } from "./session-manager.js";
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
   * Reads the session of a request; renews nothing.
   *
   * @returns null for an anonymous request
   * @throws AuthError `unavailable` when the database cannot tell: neither signed in nor signed out
   */
  getSession(request: RequestHeaders): Promise<S | null>;
  /**
   * Reads the session and renews it when it is due: for servers that can set cookies. Answers at once, without a promise, where the
   * token alone says everything.
   *
   * @throws AuthError `unavailable`
   */
  renewSession(request: RequestHeaders): MaybePromise<RenewedSession<S>>;
  /** Ends the session of a request. The cookies clear it in the browser even when the database is down. */
  signOut(request: RequestHeaders): Promise<SignOutResult>;
  /** Runs the sign-in that a request asks for, or reads its session where it asks for none. */
  authenticate(request: Request, connection?: Connection): Promise<AuthenticateResult<S>>;
  /** Answers for an error as the routes would: status, headers and body. Reports those of 500 and above. */
  errorResponse(error: unknown): Promise<Response>;
  /**
   * Looks at the tables, once, at start: `await auth.check()`.
   *
   * @throws AuthError `config_invalid` that names each table, column, index and type that is missing or wrong; `unavailable`
   */
  check(): Promise<void>;
  readonly sessions: SessionManager;
  /** The ways in of users, and the access tokens that came with them. */
  readonly accounts: AccountManager;
  /** Path under which the routes live. */
  readonly basePath: string;
  /** Paths elsewhere to which providers send the browser back, where the app registered such. */
  readonly callbackPaths: readonly string[];
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
  const accounts = new AccountManager(resolved);
  const router = createRouter(resolved, sessions, accounts);

  async function getSession(request: RequestHeaders): Promise<S | null> {
    const reading = sessions.read(request);
    const found = isPromise(reading) ? await reading : reading;
    return found && (toPublicSession(resolved, found) as MaybePromise<S>);
  }

  function showRenewed(reading: SessionReading | null): MaybePromise<RenewedSession<S>> {
    if (reading === null) return { session: null, cookies: [] };
    const cookies = reading.cookie === null ? [] : [reading.cookie];
    const session = toPublicSession(resolved, reading.found) as MaybePromise<S>;
    return isPromise(session) ? session.then((shown) => ({ session: shown, cookies })) : { session, cookies };
  }

  const auth: Omit<Auth<S>, typeof RESOLVED> = {
    handler: router.handle,
    getSession,
    renewSession(request) {
      const reading = sessions.readAndRenew(request);
      return isPromise(reading) ? reading.then(showRenewed) : showRenewed(reading);
    },
    signOut: (request) => sessions.signOut(request),
    async authenticate(request, connection) {
      try {
        const answer = await router.signIn(request, connection);
        const cookies = answer?.cookies ?? [];
        const { redirectUrl } = answer ?? {};
        const next = { ...(redirectUrl !== undefined && { redirectUrl }), ...sent(cookies) };
        if (answer?.session !== undefined) return { session: answer.session as S, ...next };
        if (redirectUrl !== undefined) return next;
        const session = await getSession(withCookies(request, cookies));
        return { ...(session === null ? { error: "unauthorized" } : { session }), ...sent(cookies) };
      } catch (thrown) {
        const error = await reported(thrown, resolved);
        return { error: error.code, ...sent(error.cookies) };
      }
    },
    errorResponse: (error) => errorResponse(error, resolved),
    async check() {
      const problems = (await resolved.adapter?.check()) ?? [];
      if (problems.length > 0)
        throw new AuthError("config_invalid", ["the tables need work:", ...problems].join("\n- "));
    },
    sessions,
    accounts,
    basePath: resolved.basePath,
    callbackPaths: resolved.providers.flatMap(({ callbackPath }) => callbackPath ?? []),
    signInPage: resolved.errorRedirect,
  };
  // Not enumerable, so that no log or JSON of the object shows the keys.
  return Object.defineProperty(auth, RESOLVED, { value: resolved }) as Auth<S>;
}

function sent(cookies: readonly string[]): { cookies?: string[] } {
  return cookies.length === 0 ? {} : { cookies: [...cookies] };
}

/** What the browser will send once it has these cookies. */
function withCookies(request: Request, cookies: readonly string[]): RequestHeaders {
  const pairs = cookies.map((cookie) => cookie.split(";", 1)[0]).join("; ");
  return { headers: { get: (name) => (name === "cookie" && pairs !== "" ? pairs : request.headers.get(name)) } };
}
