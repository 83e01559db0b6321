/** Slack: OpenID Connect. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { keyOf } from "./fields.js";
import { oauthProvider } from "./provider.js";

export const SLACK: OAuthProviderData = {
  id: "slack",
  name: "Slack",
  server: {
    issuer: "https://slack.com",
    authorization_endpoint: "https://slack.com/openid/connect/authorize",
    token_endpoint: "https://slack.com/api/openid.connect.token",
    userinfo_endpoint: "https://slack.com/api/openid.connect.userInfo",
    jwks_uri: "https://slack.com/openid/connect/keys",
  },
  scope: "openid profile email",
  openid: true,
  // Only for apps that were made public clients for good; the nonce ties the answer to the browser here.
  pkce: false,
  // A user's id is unique within a workspace only.
  identity: ({ sub, email, email_verified, name, picture, ...claims }) => ({
    subject: keyOf(claims["https://slack.com/team_id"], sub),
    email,
    emailVerified: email_verified,
    name,
    picture: picture ?? claims["https://slack.com/user_image_512"],
  }),
};

/**
 * Slack: OpenID Connect. Who is in two workspaces is two users here. `email_verified` says that the address was confirmed in that workspace,
 * whose owners can change it; Slack runs no mailboxes, so that it is not trusted unless the app says so.
 *
 * Refresh tokens come only with token rotation, a setting of the Slack app.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function slack(options: OAuthOptions): Provider {
  return oauthProvider(SLACK, options);
}
