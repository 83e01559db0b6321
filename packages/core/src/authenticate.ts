/** `authenticate` as a free function: it needs the routes, which the other functions do without. */
import { type Auth, type AuthenticateResult, createAuth, RESOLVED } from "./auth.js";
import type { AuthConfig } from "./contracts/options.js";
import type { SessionFrom } from "./functions.js";

/** An `Auth` for each config that was passed: made once, like the checked settings in `functions.ts`. */
const authByConfig = new WeakMap<object, Auth>();

/**
 * Runs the sign-in that a request asks for; where it asks for none, reads its session.
 *
 * @returns the session and its cookies, or the code of the error; never throws for what a client can cause
 * @throws AuthError `config_invalid`
 */
export async function authenticate<const C extends AuthConfig | Auth>(
  configOrAuth: C,
  request: Request,
): Promise<AuthenticateResult<SessionFrom<C>>> {
  const result = await authOf(configOrAuth).authenticate(request);
  return result as AuthenticateResult<SessionFrom<C>>;
}

function authOf(configOrAuth: AuthConfig | Auth): Auth {
  if (RESOLVED in configOrAuth) return configOrAuth;
  const known = authByConfig.get(configOrAuth);
  if (known !== undefined) return known;
  const auth: Auth = createAuth(configOrAuth);
  authByConfig.set(configOrAuth, auth);
  return auth;
}
