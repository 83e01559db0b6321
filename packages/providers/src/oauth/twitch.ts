/** Twitch: OpenID Connect. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { oauthProvider } from "./provider.js";

/** What the ID token has beside `sub` only when it is asked for by name (OpenID Connect Core §5.5). */
const CLAIMS = { id_token: { email: null, email_verified: null, picture: null, preferred_username: null } };

export const TWITCH: OAuthProviderData = {
  id: "twitch",
  name: "Twitch",
  server: {
    issuer: "https://id.twitch.tv/oauth2",
    authorization_endpoint: "https://id.twitch.tv/oauth2/authorize",
    token_endpoint: "https://id.twitch.tv/oauth2/token",
    userinfo_endpoint: "https://id.twitch.tv/oauth2/userinfo",
    jwks_uri: "https://id.twitch.tv/oauth2/keys",
  },
  scope: "openid user:read:email",
  openid: true,
  authorizationParams: { claims: JSON.stringify(CLAIMS) },
  identity: ({ sub, email, email_verified, preferred_username, picture }) => {
    return { subject: sub, email, emailVerified: email_verified, name: preferred_username, picture };
  },
};

/**
 * Twitch: OpenID Connect. `email_verified` says that the user confirmed the address; Twitch runs no mailboxes, so that it is not trusted
 * unless the app says so.
 *
 * Access tokens live for about four hours and always come with a refresh token.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function twitch(options: OAuthOptions): Provider {
  return oauthProvider(TWITCH, options);
}
