/** The routes of Latchkey in an Express app. */
import { type Auth, AuthError } from "@latchkey/core";
import type { ExpressRequest, Middleware } from "./express-api.js";
import { callbackPath, routePath } from "./mount.js";
import { toWebRequest } from "./web-request.js";
import { sendResponse } from "./web-response.js";

/**
 * Answers every request under the base path, and the callbacks that the app registered elsewhere, and leaves all others to the app.
 *
 * Stands at the root (`app.use(latchkey(auth))`), at the base path, in a router, or at a path of its own, which then takes the
 * place of the base path. A body is read whether or not a body parser came first. `trust proxy` of the app decides which
 * `X-Forwarded-*` headers count.
 */
export function latchkey(auth: Pick<Auth, "handler" | "errorResponse" | "basePath" | "callbackPaths">): Middleware {
  return (req, res, next) => {
    const path = callbackPath(req, auth.callbackPaths) ?? routePath(req, auth.basePath);
    if (path === null) return next();
    answer(auth, req, path)
      .then((response) => sendResponse(res, response))
      .catch(next);
  };
}

function answer(auth: Pick<Auth, "handler" | "errorResponse">, req: ExpressRequest, path: string): Promise<Response> {
  let request: Request;
  try {
    request = toWebRequest(req, path);
  } catch (cause) {
    return auth.errorResponse(new AuthError("request_invalid", "the host, the path or the method is none", { cause }));
  }
  return auth.handler(request, { ipAddress: req.ip });
}
