/** Spotify: OAuth 2. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { itemsOf } from "./fields.js";
import { oauthProvider } from "./provider.js";

export const SPOTIFY: OAuthProviderData = {
  id: "spotify",
  name: "Spotify",
  server: {
    authorization_endpoint: "https://accounts.spotify.com/authorize",
    token_endpoint: "https://accounts.spotify.com/api/token",
  },
  scope: "user-read-email",
  openid: false,
  clientAuthentication: "basic",
  profile: ({ get }) => get("https://api.spotify.com/v1/me"),
  // Of its two ids Spotify calls `account_id` the one that never changes, and the one to link accounts by.
  identity: ({ account_id, display_name, email, images }) => {
    return { subject: account_id, email, name: display_name, picture: itemsOf(images)[0]?.url };
  },
};

/**
 * Spotify: OAuth 2. The address is what the user typed when signing up: Spotify itself calls it unverified, so that none ever counts as
 * verified. Apps in development mode get none at all.
 *
 * Access tokens live for an hour and always come with a refresh token.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function spotify(options: OAuthOptions): Provider {
  return oauthProvider(SPOTIFY, options);
}
