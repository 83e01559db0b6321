/** Any OpenID provider, by its discovery document; any OAuth 2 server, by its endpoints. */
import { AuthError, type Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData, Profile, ProfileFields } from "./definition.js";
import { oauthProvider } from "./provider.js";

export interface OidcOptions extends OAuthOptions {
  /** The issuer, exactly as its discovery document spells it (OpenID Connect Discovery §4.3). */
  issuer: string;
  /** Last segment of the routes. One id stands for one issuer, for ever: it is part of the key of its accounts. @default "oidc" */
  id?: string;
  /** For buttons and lists. @default the id */
  name?: string;
  /** How the secret is sent (RFC 6749 §2.3.1). @default "post" */
  clientAuthentication?: "post" | "basic";
}

/**
 * An OpenID provider that publishes a discovery document, which is read at the first sign-in.
 *
 * The profile is the ID token's claims with those of the UserInfo endpoint. `email_verified` is the provider's word: say with `trustEmail` if
 * it is good for yours.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function oidc({ issuer, id = "oidc", name = id, clientAuthentication, ...options }: OidcOptions): Provider {
  const data: OAuthProviderData = {
    id: requireId(id),
    name,
    server: { discover: issuer },
    scope: "openid email profile",
    openid: true,
    profile: async ({ claims, userInfo }) => mergedClaims(claims, await userInfo()),
    identity: standardClaims,
    ...(clientAuthentication && { clientAuthentication }),
  };
  return oauthProvider(data, options);
}

/** Two sets of claims as one. What the later says of an address, the earlier's word on another address does not verify. */
export function mergedClaims(earlier: Profile, later: Profile): Profile {
  const { email_verified, ...others } = earlier;
  return "email" in later ? { ...others, ...later } : { ...earlier, ...later };
}

/** The claims of OpenID Connect Core §5.1. */
export function standardClaims({ sub, email, email_verified, name, picture }: Profile): ProfileFields {
  return { subject: sub, email, emailVerified: email_verified, name, picture };
}

/** @throws AuthError `config_invalid` unless it can be the last segment of a route */
export function requireId(id: string): string {
  if (typeof id === "string" && /^[a-z0-9][a-z0-9_-]*$/.test(id)) return id;
  throw new AuthError("config_invalid", "the id of a provider must be small letters, digits, - and _");
}
