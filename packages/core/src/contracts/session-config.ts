/** The part of the config that sessions need, checked: all that reading one takes. */
import { type CookieSettings, resolveCookie } from "../cookie.js";
import { AuthError } from "../errors.js";
import { type Lifetime, resolveLifetime } from "../lifetime.js";
import { createKeyring, type Keyring } from "../token/keyring.js";
import type { Adapter, SessionLimit } from "./adapter.js";
import type { Callbacks, Hooks } from "./callbacks.js";
import { guardAdapter } from "./guarded-adapter.js";
import type { AuthConfig, SessionOptions } from "./options.js";

/** Settings of sessions, without a default left open. */
export interface SessionConfig {
  readonly keyring: Keyring;
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
  "plugins",
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
export function resolveSessionConfig(config: AuthConfig): SessionConfig {
  const session = config.session ?? {};
  refuseUnknown(config, OPTIONS, "");
  refuseUnknown(session, SESSION_OPTIONS, "session.");

  const baseUrl = config.baseUrl === undefined ? null : parseOrigin(config.baseUrl, "baseUrl");
  const adapter = config.adapter === undefined ? null : guardAdapter(config.adapter);
  // Asked anew at each call: a test may replace `Date` after the config was made.
  const clock = config.clock ?? (() => Date.now());
  return {
    keyring: createKeyring(config.secret),
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
    now: () => new Date(clock()),
  };
}

function resolveStrategy(session: SessionOptions, hasAdapter: boolean): Pick<SessionConfig, "strategy" | "encrypt"> {
  const strategy = session.strategy ?? (hasAdapter ? "database" : "jwt");
  const encrypt = session.encrypt ?? false;
  refuseUnless(strategy === "jwt" || strategy === "database", 'session.strategy must be "jwt" or "database"');
  refuseUnless(hasAdapter || strategy === "jwt", 'session.strategy "database" needs an adapter');
  refuseUnless(!encrypt || strategy === "jwt", 'session.encrypt is for strategy "jwt"');
  return { strategy, encrypt };
}

function resolveLimit(session: SessionOptions, hasAdapter: boolean): SessionLimit | null {
  const { max, policy = "evict-oldest" } = session;
  refuseUnless(policy === "evict-oldest" || policy === "reject", 'session.policy must be "evict-oldest" or "reject"');
  if (max === undefined) return null;
  refuseUnless(Number.isSafeInteger(max) && max > 0, "session.max must be a whole number, at least 1");
  refuseUnless(hasAdapter, "session.max needs an adapter");
  return { max, policy };
}

export function parseOrigin(text: string, option: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  refuseUnless(
    url !== null && /^https?:$/.test(url.protocol),
    `${option} must be an origin such as "https://app.example.com", not ${JSON.stringify(text)}`,
  );
  return url as URL;
}

export function refuseUnknown(options: object, known: readonly string[], prefix: string): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  refuseUnless(unknown === undefined, `${prefix}${unknown} is not an option. Options: ${known.join(", ")}`);
}

export function refuseUnless(condition: boolean, detail: string): asserts condition {
  if (!condition) throw new AuthError("config_invalid", detail);
}
