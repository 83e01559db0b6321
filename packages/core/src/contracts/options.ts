/** The options of `createAuth`, as the app writes them. What they default to stands in `defaults.ts`. */
import type { CookieOptions } from "../cookie.js";
import type { TrustedProxies } from "../ip.js";
import type { Duration, LifetimeOptions } from "../lifetime.js";
import type { Secret } from "../token/keyring.js";
import type { Adapter, SessionLimit } from "./adapter.js";
import type { Callbacks, Hooks } from "./callbacks.js";
import type { Plugin } from "./plugin.js";
import type { Provider } from "./provider.js";

/** How sessions are kept. */
export interface SessionOptions extends LifetimeOptions {
  /**
   * `"jwt"`: the cookie holds a signed token. `"database"`: it holds a random token whose hash finds the row. With an
   * adapter both have a row, and both are refused once it is gone.
   *
   * @default "database" with an adapter, else "jwt"
   */
  strategy?: "jwt" | "database";
  /** Name of the cookie, without a prefix. @default "auth-session" */
  cookieName?: string;
  cookieOptions?: CookieOptions;
  /** Older cookie names that are still read, during a migration. */
  acceptCookieNames?: readonly string[];
  /** Encrypts the token (JWE, `dir` with A256GCM), so that the cookie shows nobody the name and e-mail in it. Strategy `"jwt"` only. @default false */
  encrypt?: boolean;
  /** `iss` of the token; once set, required at every read (RFC 7519 §4.1.1). */
  issuer?: string;
  /** `aud` of the token; once set, required at every read (RFC 7519 §4.1.3). */
  audience?: string;
  /** Most live sessions of one user, agents' not counted. Needs an adapter. @default no limit */
  max?: number;
  /** What gives way at `max`. @default "evict-oldest" */
  policy?: SessionLimit["policy"];
}

export interface AuthConfig {
  /** Signs sessions: 32 random bytes or more (`openssl rand -base64 32`). Of several the first signs and all verify. */
  secret: Secret;
  providers?: readonly Provider[];
  /** Shorthand for `providers: [provider]`. */
  provider?: Provider;
  /** Where users and sessions are kept. Without one, sessions are tokens alone and cannot be revoked. */
  adapter?: Adapter;
  session?: SessionOptions;
  callbacks?: Callbacks;
  hooks?: Hooks;
  /** Routes and hooks of others, in their order before the app's own. The free functions, which run no sign-in, know nothing of them. */
  plugins?: readonly Plugin[];
  /** Where the app is served: `"https://app.example.com"`. Makes the origin check exact. */
  baseUrl?: string;
  /** Path under which the routes live. @default "/auth" */
  basePath?: string;
  /** Other origins whose pages may send requests and may be redirected to. */
  trustedOrigins?: readonly string[];
  /** Proxies whose `X-Forwarded-For` is believed: how many, or their addresses and networks. @default 0 */
  trustedProxies?: TrustedProxies;
  /** Limits on guessing passwords. @default 10 per account and 100 per address within 15 minutes */
  rateLimit?: { perAccount?: number; perIp?: number; window?: Duration };
  /** Where a form post goes after success when it names no `callbackUrl`. @default "/" */
  successRedirect?: string;
  /** The sign-in page: where a form post goes after a failure, with `?error=code`. @default "/login" */
  errorRedirect?: string;
  /** Current time in milliseconds since 1970. @default Date.now */
  clock?: () => number;
}
