/** Google: OpenID Connect. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { standardClaims } from "./oidc.js";
import { oauthProvider } from "./provider.js";

export const GOOGLE: OAuthProviderData = {
  id: "google",
  name: "Google",
  server: {
    issuer: "https://accounts.google.com",
    authorization_endpoint: "https://accounts.google.com/o/oauth2/v2/auth",
    token_endpoint: "https://oauth2.googleapis.com/token",
    userinfo_endpoint: "https://openidconnect.googleapis.com/v1/userinfo",
    jwks_uri: "https://www.googleapis.com/oauth2/v3/certs",
  },
  scope: "openid email profile",
  openid: true,
  identity: standardClaims,
  // `hd` is the domain of a Workspace, whose mail Google runs. Any other address was verified once, long ago perhaps.
  operatesMailbox: (domain, { hd }) => domain === "gmail.com" || domain === "googlemail.com" || domain === hd,
};

/**
 * Google: OpenID Connect. `email_verified` says that Google once sent a code to the address; for Gmail and for the own domain of a Workspace
 * Google also runs the mailbox, and the address is trusted.
 *
 * Refresh tokens: `authorizationParams: { access_type: "offline", prompt: "consent" }`.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function google(options: OAuthOptions): Provider {
  return oauthProvider(GOOGLE, options);
}
