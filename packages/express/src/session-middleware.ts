/** `req.auth` for the routes that come after it. */
import type { Auth, Session } from "@latchkey/core";
import { readAuthState } from "./auth-state.js";
import type { Middleware } from "./express-api.js";

/**
 * Sets `req.auth` to `{ session, user }`, or to null for an anonymous request, and sends the cookie of a renewal with
 * `Cache-Control: no-store`.
 *
 * When the database cannot tell, a request with a session cookie is answered 503 with `Retry-After`, cookies untouched; one
 * without never asks the database, so that public pages keep working. Mount it after what needs no session at all, such as
 * static files.
 */
export function sessionMiddleware<S extends Session>(auth: Auth<S>): Middleware {
  return (req, res, next) => readAuthState(auth, req, res, next, () => next());
}
