/** Facebook: OAuth 2 with the Graph API for the profile. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { fieldsOf } from "./fields.js";
import { oauthProvider } from "./provider.js";

/** Introduced in July 2026; Meta keeps a version for two years at least. */
const VERSION = "v26.0";
const GRAPH = `https://graph.facebook.com/${VERSION}`;

/** @param appSecret Signs requests to the Graph API, for apps that require it. */
export function facebookFor(appSecret: string | undefined): OAuthProviderData {
  return {
    id: "facebook",
    name: "Facebook",
    server: {
      authorization_endpoint: `https://www.facebook.com/${VERSION}/dialog/oauth`,
      token_endpoint: `${GRAPH}/oauth/access_token`,
    },
    scope: "public_profile email",
    openid: false,
    profile: async ({ get, accessToken }) => {
      const query = new URLSearchParams({ fields: "id,name,email,picture.type(large)" });
      if (appSecret !== undefined) query.set("appsecret_proof", await proofOf(accessToken, appSecret));
      return get(`${GRAPH}/me?${query}`);
    },
    identity: ({ id, name, email, picture }) => {
      const { url, is_silhouette } = fieldsOf(fieldsOf(picture).data);
      return { subject: id, email, name, picture: is_silhouette === true ? undefined : url };
    },
  };
}

/**
 * Facebook: OAuth 2. It does not say whether an address is verified, so that none ever counts as such. Users without an address, with a
 * telephone number only, are common.
 *
 * There are no refresh tokens. The user's id is one of this app: another app sees another id.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function facebook(options: OAuthOptions): Provider {
  return oauthProvider(facebookFor(options.clientSecret), options);
}

/** @returns `appsecret_proof`: HMAC-SHA-256 of the access token with the app's secret, in hexadecimal */
export async function proofOf(accessToken: string, appSecret: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(appSecret), algorithm, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(accessToken)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
