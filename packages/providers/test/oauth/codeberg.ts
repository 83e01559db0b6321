/** Codeberg, which is a Forgejo: OpenID Connect. */
import type { Provider } from "@latchkey/core";
import { type OAuthOptions, type OAuthProviderData, oauthProvider } from "@latchkey/providers/oauth";

export const CODEBERG: OAuthProviderData = {
  id: "codeberg",
  name: "Codeberg",
  server: {
    issuer: "https://codeberg.org",
    authorization_endpoint: "https://codeberg.org/login/oauth/authorize",
    token_endpoint: "https://codeberg.org/login/oauth/access_token",
    userinfo_endpoint: "https://codeberg.org/login/oauth/userinfo",
    jwks_uri: "https://codeberg.org/login/oauth/keys",
  },
  scope: "openid email profile",
  openid: true,
  identity: ({ sub, email, email_verified, name, picture }) => {
    return { subject: sub, email, emailVerified: email_verified, name, picture };
  },
};

/** Codeberg: OpenID Connect. `email_verified` says that the account is active: a message was answered, or an administrator said so. */
export function codeberg(options: OAuthOptions): Provider {
  return oauthProvider(CODEBERG, options);
}
