/** `req.auth`: the session of a request, read once however many middlewares ask. */
import type { Auth, RequestHeaders, Session } from "@latchkey/core";
import type { AuthState, ExpressRequest, ExpressResponse, IncomingHeaders, Next } from "./express-api.js";
import { answerError, appendCookies, forbidStoring } from "./web-response.js";

/** Whose session was read, and what came of it. `req.auth` alone proves nothing: other packages write that name, too. */
interface Reading {
  auth: object;
  state: AuthState | null;
}

const READING = Symbol("latchkey.reading");

/**
 * Reads the session of a request into `req.auth` and renews it when it is due, then calls `proceed`.
 *
 * A request without cookies needs no database and no wait. Where the database cannot tell, the answer is 503 and `proceed` is not
 * called: that the user is signed out would be a guess (I5).
 */
export function readAuthState<S extends Session>(
  auth: Auth<S>,
  req: ExpressRequest & { [READING]?: Reading },
  res: ExpressResponse,
  next: Next,
  proceed: (state: AuthState<S> | null) => void,
): void {
  function found(session: S | null, cookies: readonly string[]): void {
    sendRenewal(res, cookies);
    const state = session && { session, user: session.user };
    req[READING] = { auth, state };
    req.auth = state;
    proceed(state);
  }

  const known = req[READING];
  // Only this Auth can have made that state, so its claims are those of S.
  if (known?.auth === auth) proceed(known.state as AuthState<S> | null);
  else if (req.headers.cookie === undefined) found(null, []);
  else {
    auth.renewSession(headersOf(req.headers)).then(
      ({ session, cookies }) => found(session, cookies),
      (error: unknown) => answerError(auth, error, res, next),
    );
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
