/** The whole config of `createAuth`, checked once, at start. After `resolveConfig` nothing has a default and nothing is unchecked. */
import { DEFAULTS } from "../defaults.js";
import { isNetwork, type TrustedProxies } from "../ip.js";
import { parseDuration } from "../lifetime.js";
import type { AuthConfig } from "./options.js";
import type { Plugin } from "./plugin.js";
import { resolvePlugins, withPluginHooks } from "./plugin-hooks.js";
import type { Provider, RateLimits } from "./provider.js";
import {
  parseOrigin,
  refuseUnknown,
  refuseUnless,
  resolveSessionConfig,
  type SessionConfig,
} from "./session-config.js";

/** The config as the engine uses it. */
export interface ResolvedConfig extends SessionConfig {
  readonly providers: readonly Provider[];
  readonly plugins: readonly Plugin[];
  readonly basePath: string;
  readonly trustedOrigins: ReadonlySet<string>;
  readonly trustedProxies: TrustedProxies;
  readonly rateLimit: RateLimits;
  readonly successRedirect: string;
  readonly errorRedirect: string;
}

/** @throws AuthError `config_invalid`, naming the option */
export function resolveConfig(config: AuthConfig): ResolvedConfig {
  const sessions = resolveSessionConfig(config);
  const plugins = resolvePlugins(config.plugins);
  return {
    ...sessions,
    plugins,
    hooks: withPluginHooks(sessions.hooks, plugins),
    providers: resolveProviders(config, sessions.adapter !== null),
    basePath: resolveBasePath(config.basePath ?? DEFAULTS.basePath),
    trustedOrigins: new Set(
      (config.trustedOrigins ?? []).map((origin) => parseOrigin(origin, "trustedOrigins").origin),
    ),
    trustedProxies: resolveProxies(config.trustedProxies ?? 0),
    rateLimit: resolveRateLimit(config.rateLimit ?? {}),
    successRedirect: resolvePath(config.successRedirect ?? DEFAULTS.successRedirect, "successRedirect"),
    errorRedirect: resolvePath(config.errorRedirect ?? DEFAULTS.errorRedirect, "errorRedirect"),
  };
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
