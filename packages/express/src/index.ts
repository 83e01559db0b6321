/** `@latchkey/express`: Latchkey for Express 4 and 5. */
import type { AuthState } from "./express-api.js";

export type { AuthState, ExpressRequest, ExpressResponse, IncomingHeaders, Middleware, Next } from "./express-api.js";
export { latchkey } from "./latchkey.js";
export { type MiddlewareHost, registerAuthRoutes } from "./register-auth-routes.js";
export { type AuthorizedHandler, type RequireAuthOptions, requireAuth } from "./require-auth.js";
export { sessionMiddleware } from "./session-middleware.js";

declare global {
  namespace Express {
    interface Request {
      /** The session of the request; null when it is anonymous, missing where nothing has read it. */
      auth?: AuthState | null;
    }
  }
}
