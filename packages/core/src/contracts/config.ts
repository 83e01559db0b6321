/** The options of `createAuth`, checked once, at start. After `resolveConfig` nothing has a default and nothing is unchecked. */
import { type CookieOptions, type CookieSettings, resolveCookie } from "../cookie.js";
import { DEFAULTS } from "../defaults.js";
import { AuthError } from "../errors.js";
import { isNetwork, type TrustedProxies } from "../ip.js";
import { type Duration, type Lifetime, type LifetimeOptions, parseDuration, resolveLifetime } from "../lifetime.js";
import { createKeyring, type Keyring, type Secret } from "../token/keyring.js";
import type { Adapter, SessionLimit } from "./adapter.js";
import type { Callbacks, Hooks } from "./callbacks.js";
import { guardAdapter } from "./guarded-adapter.js";
import type { Provider, RateLimits } from "./provider.js";

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

/** The config as the engine uses it. */
export interface ResolvedConfig {
  readonly keyring: Keyring;
  readonly providers: readonly Provider[];
  readonly adapter: Adapter | null;
  readonly strategy: "jwt" | "database";
  readonly encrypt: boolean;
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly lifetime: Lifetime;
  readonly cookie: CookieSettings;
  readonly limit: SessionLimit | null;
  readonly callbacks: Callbacks;
  readonly hooks: Hooks;
  readonly baseUrl: URL | null;
  readonly basePath: string;
  readonly trustedOrigins: ReadonlySet<string>;
  readonly trustedProxies: TrustedProxies;
  readonly rateLimit: RateLimits;
  readonly successRedirect: string;
  readonly errorRedirect: string;
  readonly now: () => Date;
}

const OPTIONS = [
  "secret",
  "providers",
  "provider",
  "adapter",
  "session",
  "callbacks",
  "hooks",
  "baseUrl",
  "basePath",
  "trustedOrigins",
  "trustedProxies",
  "rateLimit",
  "successRedirect",
  "errorRedirect",
  "clock",
] as const satisfies readonly (keyof AuthConfig)[];

const SESSION_OPTIONS = [
  "strategy",
  "cookieName",
  "cookieOptions",
  "acceptCookieNames",
  "encrypt",
  "issuer",
  "audience",
  "max",
  "policy",
  "preset",
  "expiresIn",
  "idleTimeout",
  "absoluteTimeout",
  "renewEvery",
] as const satisfies readonly (keyof SessionOptions)[];

/** @throws AuthError `config_invalid`, naming the option */
export function resolveConfig(config: AuthConfig): ResolvedConfig {
  const session = config.session ?? {};
  refuseUnknown(config, OPTIONS, "");
  refuseUnknown(session, SESSION_OPTIONS, "session.");

  const baseUrl = config.baseUrl === undefined ? null : parseOrigin(config.baseUrl, "baseUrl");
  const adapter = config.adapter === undefined ? null : guardAdapter(config.adapter);
  // Asked anew at each call: a test may replace `Date` after the config was made.
  const clock = config.clock ?? (() => Date.now());
  return {
    keyring: createKeyring(config.secret),
    providers: resolveProviders(config, adapter !== null),
    adapter,
    ...resolveStrategy(session, adapter !== null),
    issuer: session.issuer ?? null,
    audience: session.audience ?? null,
    lifetime: resolveLifetime(session),
    cookie: resolveCookie(session.cookieOptions, session.cookieName, session.acceptCookieNames, baseUrl ?? undefined),
    limit: resolveLimit(session, adapter !== null),
    callbacks: config.callbacks ?? {},
    hooks: config.hooks ?? {},
    baseUrl,
    basePath: resolveBasePath(config.basePath ?? DEFAULTS.basePath),
    trustedOrigins: new Set(
      (config.trustedOrigins ?? []).map((origin) => parseOrigin(origin, "trustedOrigins").origin),
    ),
    trustedProxies: resolveProxies(config.trustedProxies ?? 0),
    rateLimit: resolveRateLimit(config.rateLimit ?? {}),
    successRedirect: resolvePath(config.successRedirect ?? DEFAULTS.successRedirect, "successRedirect"),
    errorRedirect: resolvePath(config.errorRedirect ?? DEFAULTS.errorRedirect, "errorRedirect"),
    now: () => new Date(clock()),
  };
}

function resolveStrategy(session: SessionOptions, hasAdapter: boolean): Pick<ResolvedConfig, "strategy" | "encrypt"> {
  const strategy = session.strategy ?? (hasAdapter ? "database" : "jwt");
  const encrypt = session.encrypt ?? false;
  refuseUnless(strategy === "jwt" || strategy === "database", 'session.strategy must be "jwt" or "database"');
  refuseUnless(hasAdapter || strategy === "jwt", 'session.strategy "database" needs an adapter');
  refuseUnless(
    !encrypt || strategy === "jwt",
    'session.encrypt is for strategy "jwt"; a database token says nothing to encrypt',
  );
  return { strategy, encrypt };
}

function resolveLimit(session: SessionOptions, hasAdapter: boolean): SessionLimit | null {
  const { max, policy = "evict-oldest" } = session;
  refuseUnless(policy === "evict-oldest" || policy === "reject", 'session.policy must be "evict-oldest" or "reject"');
  if (max === undefined) return null;
  refuseUnless(Number.isSafeInteger(max) && max > 0, "session.max must be a whole number, at least 1");
  refuseUnless(hasAdapter, "session.max needs an adapter: nobody counts tokens that are not stored");
  return { max, policy };
}

function resolveProviders(config: AuthConfig, hasAdapter: boolean): readonly Provider[] {
  const providers = [...(config.providers ?? []), ...(config.provider === undefined ? [] : [config.provider])];
  for (const provider of providers) {
    const complete =
      /^[a-z0-9][a-z0-9_-]*$/.test(provider?.id) &&
      typeof provider.type === "string" &&
      typeof provider.routes === "object";
    refuseUnless(complete, "providers holds something that is no provider");
    refuseUnless(hasAdapter || !provider.needsAdapter, `provider "${provider.id}" needs an adapter`);
  }
  const ids = providers.map((provider) => provider.id);
  refuseUnless(new Set(ids).size === ids.length, `providers names one id twice: ${ids.join(", ")}`);
  return providers;
}

function resolveRateLimit(given: NonNullable<AuthConfig["rateLimit"]>): RateLimits {
  const {
    perAccount = DEFAULTS.rateLimit.perAccount,
    perIp = DEFAULTS.rateLimit.perIp,
    window = DEFAULTS.rateLimit.window,
  } = given;
  refuseUnknown(given, ["perAccount", "perIp", "window"], "rateLimit.");
  // NIST SP 800-63B-4 §3.2.2: no more than 100 consecutive failures on one account.
  refuseUnless(
    Number.isSafeInteger(perAccount) && perAccount >= 1 && perAccount <= 100,
    "rateLimit.perAccount must be from 1 to 100",
  );
  refuseUnless(Number.isSafeInteger(perIp) && perIp >= 1, "rateLimit.perIp must be a whole number, at least 1");
  return { perAccount, perIp, window: parseDuration(window, "rateLimit.window") };
}

function resolveProxies(proxies: TrustedProxies): TrustedProxies {
  const valid = typeof proxies === "number" ? Number.isSafeInteger(proxies) && proxies >= 0 : proxies.every(isNetwork);
  refuseUnless(
    valid,
    'trustedProxies must be how many there are, or their addresses and networks such as "10.0.0.0/8"',
  );
  return proxies;
}

/** @returns the path without a trailing slash; empty for the root */
function resolveBasePath(path: string): string {
  const resolved = resolvePath(path, "basePath");
  return resolved === "/" ? "" : resolved;
}

function resolvePath(path: string, option: string): string {
  // Two slashes would name another host; a trailing one would give each route two spellings.
  const valid = typeof path === "string" && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !/[\\#]/.test(path);
  refuseUnless(valid, `${option} must be a path such as "/auth"`);
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

function parseOrigin(text: string, option: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  refuseUnless(
    url !== null && /^https?:$/.test(url.protocol),
    `${option} must be an origin such as "https://app.example.com", not ${JSON.stringify(text)}`,
  );
  return url as URL;
}

function refuseUnknown(options: object, known: readonly string[], prefix: string): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  refuseUnless(unknown === undefined, `${prefix}${unknown} is not an option. Options: ${known.join(", ")}`);
}

function refuseUnless(condition: boolean, detail: string): asserts condition {
  if (!condition) throw new AuthError("config_invalid", detail);
}
