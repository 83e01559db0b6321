/** An OAuth 2 server of which no file here knows: its endpoints and its profile are the app's to say. */
import { AuthError, type Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData, ServerMetadata } from "./definition.js";
import { mergedClaims, requireId, standardClaims } from "./oidc.js";
import { oauthProvider } from "./provider.js";

export interface CustomOptions
  extends OAuthOptions,
    Partial<Pick<OAuthProviderData, "profile" | "identity" | "formPost" | "clientAuthentication" | "operatesMailbox">> {
  /** Last segment of the routes, and part of the key of the accounts. */
  id: string;
  /** For buttons and lists. @default the id */
  name?: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  /** Answers with the profile (OpenID Connect Core §5.3). Read unless `profile` says otherwise. */
  userInfoEndpoint?: string;
  /** Compared with `iss` of callbacks and ID tokens. Needed for ID tokens. */
  issuer?: string;
  /** Keys of the ID tokens. */
  jwksUri?: string;
  /** True where the token endpoint answers with an ID token; then one is required. @default false */
  openid?: boolean;
}

/**
 * A provider of your own. The profile is read as the standard claims `sub`, `email`, `email_verified`, `name`, `picture` unless `identity` says
 * how.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function custom(options: CustomOptions): Provider {
  const { id, name = id, authorizationEndpoint, tokenEndpoint, userInfoEndpoint, issuer, jwksUri, ...rest } = options;
  const { openid = false, profile, identity, formPost, clientAuthentication, operatesMailbox, ...registration } = rest;
  if (userInfoEndpoint === undefined && profile === undefined && !openid)
    throw new AuthError("config_invalid", `provider "${id}": userInfoEndpoint, profile or openid must say who it is`);
  const server: ServerMetadata = {
    authorization_endpoint: authorizationEndpoint,
    token_endpoint: tokenEndpoint,
    ...(userInfoEndpoint !== undefined && { userinfo_endpoint: userInfoEndpoint }),
    ...(issuer !== undefined && { issuer }),
    ...(jwksUri !== undefined && { jwks_uri: jwksUri }),
  };
  const data: OAuthProviderData = {
    id: requireId(id),
    name,
    server,
    scope: openid ? "openid" : "",
    openid,
    profile: profile ?? (async ({ claims, userInfo }) => mergedClaims(claims, await userInfo())),
    identity: identity ?? standardClaims,
    ...(formPost && { formPost }),
    ...(clientAuthentication && { clientAuthentication }),
    ...(operatesMailbox && { operatesMailbox }),
  };
  return oauthProvider(data, registration);
}
