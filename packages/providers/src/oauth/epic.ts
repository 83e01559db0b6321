/** Epic Games: OAuth 2. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { plainBasic } from "./plain-basic.js";
import { oauthProvider } from "./provider.js";

export const EPIC: OAuthProviderData = {
  id: "epic",
  name: "Epic Games",
  server: {
    authorization_endpoint: "https://www.epicgames.com/id/authorize",
    token_endpoint: "https://api.epicgames.dev/epic/oauth/v2/token",
    userinfo_endpoint: "https://api.epicgames.dev/epic/oauth/v2/userInfo",
  },
  scope: "basic_profile",
  openid: false,
  profile: ({ userInfo }) => userInfo(),
  identity: ({ sub, preferred_username }) => ({ subject: sub, name: preferred_username }),
};

/**
 * Epic Games: OAuth 2. It tells the account's id and display name, never an address and no picture.
 *
 * Access tokens live for two hours and come with a refresh token.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function epic(options: OAuthOptions): Provider {
  // Epic's secrets have `+` and `/`, and are compared as they were sent.
  return oauthProvider({ ...EPIC, clientAuthentication: plainBasic(options) }, options);
}
