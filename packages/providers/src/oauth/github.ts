/** GitHub: OAuth 2 with an API for the profile and another for the addresses. */
import { isAuthError, type Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData, Profile, ProfileSources } from "./definition.js";
import { fieldsOf, itemsOf } from "./fields.js";
import { oauthProvider } from "./provider.js";

const API = "https://api.github.com";
/** GitHub refuses requests without a `User-Agent`, and asks for the version that was written for. */
const HEADERS = {
  Accept: "application/vnd.github+json",
  "User-Agent": "latchkey",
  "X-GitHub-Api-Version": "2022-11-28",
};

export const GITHUB: OAuthProviderData = {
  id: "github",
  name: "GitHub",
  server: {
    issuer: "https://github.com/login/oauth",
    authorization_endpoint: "https://github.com/login/oauth/authorize",
    token_endpoint: "https://github.com/login/oauth/access_token",
  },
  scope: "user:email",
  openid: false,
  profile: async ({ get }) => ({ ...fieldsOf(await get(`${API}/user`, HEADERS)), emails: await addressesBy(get) }),
  // `login` can be given up and taken by somebody else; `id` cannot. `email` is whatever the user shows in public.
  identity: ({ id, login, name, avatar_url, emails }) => {
    const primary: Profile = itemsOf(emails).find((each) => each.primary === true) ?? {};
    const { email, verified } = primary;
    return { subject: id, email, emailVerified: verified, name: name ?? login, picture: avatar_url };
  },
};

/**
 * GitHub: OAuth 2. The address is the primary one, and verified where GitHub says so; GitHub runs no mailboxes, so that it is not trusted
 * unless the app says so.
 *
 * Tokens of OAuth apps do not end. Those of GitHub Apps do, and come with a refresh token.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function github(options: OAuthOptions): Provider {
  return oauthProvider(GITHUB, options);
}

/** Refused to apps without the scope `user:email`, and to GitHub Apps without the permission: then there is no address. */
async function addressesBy(get: ProfileSources["get"]): Promise<unknown> {
  try {
    return await get(`${API}/user/emails?per_page=100`, HEADERS);
  } catch (error) {
    if (isAuthError(error, "provider_rejected")) return [];
    throw error;
  }
}
