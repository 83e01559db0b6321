/** `req.auth`: the session of a request, read once however many middlewares ask. */
import type { Auth, RenewedSession, RequestHeaders, Session } from "@latchkey/core";
import type { AuthState, ExpressRequest, ExpressResponse, IncomingHeaders, Next } from "./express-api.js";
import { answerError, appendCookies, forbidStoring } from "./web-response.js";

/** What was read, and by whom. `req.auth` alone proves nothing: other packages write that name, too. */
class ReadState<S extends Session> implements AuthState<S> {
  readonly session: S;
  readonly user: S["user"];
  readonly #auth: object;

  constructor(session: S, auth: object) {
    this.session = session;
    this.user = session.user;
    this.#auth = auth;
  }

  isOf(auth: object): boolean {
    return this.#auth === auth;
  }
}

/** Who read the cookies of an anonymous request and found no session in them. */
const ANONYMOUS_TO = Symbol("latchkey.anonymous");

/**
 * Reads the session of a request into `req.auth` and renews it when it is due, then calls `proceed`.
 *
 * A request without cookies needs no database, and one whose token says everything no wait. Where the database cannot tell, the
 * answer is 503 and `proceed` is not called: that the user is signed out would be a guess (I5).
 */
export function readAuthState<S extends Session>(
  auth: Auth<S>,
  req: ExpressRequest & { [ANONYMOUS_TO]?: object },
  res: ExpressResponse,
  next: Next,
  proceed: (state: AuthState<S> | null) => void,
): void {
  function found({ session, cookies }: RenewedSession<S>): void {
    sendRenewal(res, cookies);
    const state = session && new ReadState(session, auth);
    if (state === null) req[ANONYMOUS_TO] = auth;
    req.auth = state;
    proceed(state);
  }

  const known = req.auth;
  // Only this Auth can have made that state, so its claims are those of S.
  if (known instanceof ReadState && known.isOf(auth)) proceed(known as ReadState<S>);
  else if (req.headers.cookie === undefined || (known === null && req[ANONYMOUS_TO] === auth)) {
    req.auth = null;
    proceed(null);
  } else {
    const renewed = auth.renewSession(headersOf(req.headers));
    if (renewed instanceof Promise) renewed.then(found, (error: unknown) => answerError(auth, error, res, next));
    else found(renewed);
  }
}

function sendRenewal(res: ExpressResponse, cookies: readonly string[]): void {
  if (cookies.length === 0 || res.headersSent) return;
  appendCookies(res, cookies);
  forbidStoring(res);
}

/** The headers as the engine asks for them, without building a `Request`. */
function headersOf(headers: IncomingHeaders): RequestHeaders {
  return {
    headers: {
      get(name) {
        const value = headers[name];
        return Array.isArray(value) ? value.join(", ") : (value ?? null);
      },
    },
  };
}
