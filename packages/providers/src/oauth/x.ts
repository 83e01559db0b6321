/** X, once Twitter: OAuth 2. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { fieldsOf } from "./fields.js";
import { plainBasic } from "./plain-basic.js";
import { oauthProvider } from "./provider.js";

/** @param options Its secret, and whether its scopes have `users.email`: without it the address may not be asked for. */
export function xFor(options: OAuthOptions): OAuthProviderData {
  const scopes = [options.scope ?? []].flat().join(" ").split(" ");
  const fields = scopes.includes("users.email") ? "profile_image_url,confirmed_email" : "profile_image_url";
  return {
    id: "x",
    name: "X",
    server: {
      authorization_endpoint: "https://x.com/i/oauth2/authorize",
      token_endpoint: "https://api.x.com/2/oauth2/token",
    },
    // Both are needed to read one's own name.
    scope: "tweet.read users.read",
    openid: false,
    clientAuthentication: plainBasic(options),
    profile: async ({ get }) => fieldsOf(await get(`https://api.x.com/2/users/me?user.fields=${fields}`)).data,
    // The handle, `username`, can change hands. An address is told only once it is confirmed.
    identity: ({ id, name, confirmed_email, profile_image_url }) => ({
      subject: id,
      email: confirmed_email,
      emailVerified: true,
      name,
      picture: profile_image_url,
    }),
  };
}

/**
 * X: OAuth 2. There is no address, unless the X app asks for it in its settings and the scopes are `"tweet.read users.read users.email"`;
 * then it is one that the user confirmed. X runs no mailboxes, so that it is not trusted unless the app says so.
 *
 * Refresh tokens: the scope `offline.access`.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function x(options: OAuthOptions): Provider {
  return oauthProvider(xFor(options), options);
}
