/** Everything in one call, for apps with one config and no wish for more. */
import { type AuthConfig, createAuth } from "@latchkey/core";
import type { Middleware } from "./express-api.js";
import { latchkey } from "./latchkey.js";
import { requireAuth } from "./require-auth.js";

/** An app or a router. */
export interface MiddlewareHost {
  use(middleware: Middleware): unknown;
}

/**
 * Makes an `Auth`, mounts its routes, and returns the guard.
 *
 * @param options Paths that win over those of the config
 * @throws AuthError `config_invalid`, naming the option
 */
export function registerAuthRoutes(
  app: MiddlewareHost,
  config: AuthConfig,
  options: Pick<AuthConfig, "basePath" | "successRedirect" | "errorRedirect"> = {},
): { requireAuth: Middleware } {
  const auth = createAuth({ ...config, ...options });
  app.use(latchkey(auth));
  return { requireAuth: requireAuth(auth) };
}
