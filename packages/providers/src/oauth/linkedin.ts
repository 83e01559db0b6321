/** LinkedIn: OpenID Connect, without nonce and without PKCE. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { isTrue } from "./fields.js";
import { oauthProvider } from "./provider.js";

export const LINKEDIN: OAuthProviderData = {
  id: "linkedin",
  name: "LinkedIn",
  server: {
    issuer: "https://www.linkedin.com/oauth",
    authorization_endpoint: "https://www.linkedin.com/oauth/v2/authorization",
    token_endpoint: "https://www.linkedin.com/oauth/v2/accessToken",
    userinfo_endpoint: "https://api.linkedin.com/v2/userinfo",
    jwks_uri: "https://www.linkedin.com/oauth/openid/jwks",
  },
  scope: "openid profile email",
  openid: true,
  nonce: false,
  // The token endpoint answers `invalid_client` to a code verifier; LinkedIn has PKCE for native apps only, on another endpoint.
  pkce: false,
  // In the ID token `email_verified` is a text; the UserInfo endpoint, which would be one more request, has the boolean.
  identity: ({ sub, email, email_verified, name, picture }) => {
    return { subject: sub, email, emailVerified: isTrue(email_verified), name, picture };
  },
};

/**
 * LinkedIn: OpenID Connect. It repeats no nonce and refuses PKCE, so that the state alone ties its answer to the browser (RFC 6749 §10.12).
 * `email_verified` says that the member confirmed the address; LinkedIn runs no mailboxes, so that it is not trusted unless the app says so.
 *
 * Refresh tokens are for selected partners.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function linkedin(options: OAuthOptions): Provider {
  return oauthProvider(LINKEDIN, options);
}
