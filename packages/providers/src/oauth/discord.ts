/** Discord: OAuth 2. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { oauthProvider } from "./provider.js";

export const DISCORD: OAuthProviderData = {
  id: "discord",
  name: "Discord",
  server: {
    authorization_endpoint: "https://discord.com/oauth2/authorize",
    token_endpoint: "https://discord.com/api/oauth2/token",
  },
  scope: "identify email",
  openid: false,
  profile: ({ get }) => get("https://discord.com/api/v10/users/@me"),
  identity: ({ id, username, global_name, avatar, email, verified }) => {
    const picture = typeof avatar === "string" ? `https://cdn.discordapp.com/avatars/${id}/${avatar}.png` : undefined;
    return { subject: id, email, emailVerified: verified, name: global_name ?? username, picture };
  },
};

/**
 * Discord: OAuth 2. `verified` says that the user confirmed the address; Discord runs no mailboxes, so that it is not trusted unless the app
 * says so.
 *
 * Access tokens live for a week and always come with a refresh token.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function discord(options: OAuthOptions): Provider {
  return oauthProvider(DISCORD, options);
}
