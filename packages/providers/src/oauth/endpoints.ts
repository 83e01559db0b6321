/** Where a provider's endpoints may be. */
import { AuthError } from "@latchkey/core";
import type { OAuthProviderData, ServerMetadata } from "./definition.js";
import { isLoopback, isPrivate } from "./transport.js";

/** For the few servers that name no issuer: compared with nothing. */
export const NO_ISSUER = "https://issuer.invalid";

/**
 * What a provider's document names must be on https and not inside of our network, unless the app itself said so of the provider (R-O11).
 *
 * @param home What the app configured: the issuer, or an endpoint
 */
export function isAllowedFrom(home: string, endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  const { protocol, hostname, username, password } = new URL(endpoint);
  const own = new URL(home);
  const isOwnHost = hostname === own.hostname;
  const isSecure = protocol === "https:" || (protocol === "http:" && own.protocol === "http:" && isOwnHost);
  return isSecure && (isOwnHost || !isPrivate(hostname)) && username + password === "";
}

/** @throws AuthError `config_invalid` */
export function metadataOf(
  server: ServerMetadata,
  { id, openid, issuerOf }: OAuthProviderData,
): ServerMetadata & { issuer: string } {
  const { authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri, issuer } = server;
  requireUrl(authorization_endpoint, id, "the authorization endpoint");
  requireUrl(token_endpoint, id, "the token endpoint");
  if (userinfo_endpoint !== undefined) requireUrl(userinfo_endpoint, id, "the UserInfo endpoint");
  if (openid) requireUrl(jwks_uri, id, "the address of the keys");
  if (openid && issuer === undefined && issuerOf === undefined)
    throw new AuthError("config_invalid", `provider "${id}": ID tokens need an issuer to be held against`);
  return { ...server, issuer: issuer ?? NO_ISSUER };
}

/** @throws AuthError `config_invalid` unless it is an https URL, or one of this machine */
export function requireUrl(value: string | undefined, id: string, what: string): URL {
  const url = value !== undefined && URL.canParse(value) ? new URL(value) : null;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (url !== null && isSafe && url.username === "" && url.hash === "") return url;
  throw new AuthError("config_invalid", `provider "${id}": ${what} must be an https URL`);
}
