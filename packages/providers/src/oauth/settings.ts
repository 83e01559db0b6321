/** The app's options for an OAuth provider, checked once, at start. */
import { AuthError, parseDuration } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { requireUrl } from "./endpoints.js";

export interface Settings {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Null where it follows from where the app is served. */
  readonly redirectUri: string | null;
  /** Separated by spaces (RFC 6749 §3.3). */
  readonly scope: string;
  readonly authorizationParams: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly maxAge: number | null;
  readonly trustEmail: OAuthOptions["trustEmail"];
}

const OPTIONS: readonly string[] = [
  "clientId",
  "clientSecret",
  "redirectUri",
  "scope",
  "authorizationParams",
  "maxAge",
  "trustEmail",
  "pkce",
] satisfies (keyof OAuthOptions)[];

/** What the flow says itself: an app that said it otherwise would undo its checks. */
const RESERVED = [
  "response_type",
  "response_mode",
  "client_id",
  "redirect_uri",
  "scope",
  "state",
  "nonce",
  "max_age",
  "code_challenge",
  "code_challenge_method",
  "request",
  "request_uri",
];

/** @throws AuthError `config_invalid`, naming the option */
export function resolveSettings(data: OAuthProviderData, options: OAuthOptions): Settings {
  const refuseUnless = (holds: boolean, what: string) => {
    if (!holds) throw new AuthError("config_invalid", `provider "${data.id}": ${what}`);
  };
  const { clientId, clientSecret, redirectUri, authorizationParams = {}, maxAge, trustEmail, pkce } = options ?? {};
  const unknown = Object.keys(options ?? {}).find((name) => !OPTIONS.includes(name));
  refuseUnless(unknown === undefined, `${unknown} is not an option. Options: ${OPTIONS.join(", ")}`);
  refuseUnless(isText(clientId), "clientId is missing");
  refuseUnless(clientSecret === undefined || isText(clientSecret), "clientSecret must be a text, or be left out");
  refuseUnless(pkce === undefined || pkce === "S256", 'pkce is always "S256"');
  if (redirectUri !== undefined) requireUrl(redirectUri, data.id, "redirectUri");
  const reserved = Object.keys(authorizationParams).find((name) => RESERVED.includes(name));
  refuseUnless(reserved === undefined, `authorizationParams.${reserved} is set by the flow`);
  refuseUnless(
    trustEmail === undefined ||
      typeof trustEmail === "boolean" ||
      (Array.isArray(trustEmail) && trustEmail.every(isText)),
    "trustEmail must be true, false or a list of domains",
  );
  refuseUnless(maxAge === undefined || data.openid, "maxAge needs ID tokens, which this provider has not");
  return {
    clientId,
    clientSecret,
    redirectUri: redirectUri ?? null,
    scope: scopeOf(options.scope, data),
    authorizationParams,
    maxAge: maxAge === undefined ? null : parseDuration(maxAge, `provider "${data.id}": maxAge`),
    // Addresses are compared in small letters.
    trustEmail: Array.isArray(trustEmail) ? trustEmail.map((domain: string) => domain.toLowerCase()) : trustEmail,
  };
}

/** @throws AuthError `config_invalid`; for OpenID providers also without `openid`, which makes them such (OpenID Connect Core §3.1.2.1) */
function scopeOf(scope: OAuthOptions["scope"], data: OAuthProviderData): string {
  const scopes = (typeof scope === "string" ? scope.split(" ") : (scope ?? data.scope.split(" "))).filter(isText);
  // RFC 6749 §3.3 scope-token.
  const isValid = scopes.every((each) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(each));
  if (isValid && (!data.openid || scopes.includes("openid") || !data.scope.split(" ").includes("openid")))
    return scopes.join(" ");
  throw new AuthError(
    "config_invalid",
    `provider "${data.id}": scope must be scopes separated by spaces, with "openid"`,
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
