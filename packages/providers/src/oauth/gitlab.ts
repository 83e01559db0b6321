/** GitLab, gitlab.com or self-managed: OpenID Connect. */
import type { Provider } from "@latchkey/core";
import type { OAuthOptions, OAuthProviderData } from "./definition.js";
import { requireUrl } from "./endpoints.js";
import { mergedClaims, standardClaims } from "./oidc.js";
import { oauthProvider } from "./provider.js";

export interface GitLabOptions extends OAuthOptions {
  /**
   * Where GitLab is, as its users see it. Accounts are kept by the user's number there: not to be changed to another GitLab later.
   *
   * @default "https://gitlab.com"
   */
  baseUrl?: string;
}

/** @throws AuthError `config_invalid` unless GitLab is at an https URL */
export function gitlabAt(baseUrl: string): OAuthProviderData {
  const { origin, pathname } = requireUrl(baseUrl, "gitlab", "baseUrl");
  const home = origin + pathname.replace(/\/+$/, "");
  return {
    id: "gitlab",
    name: "GitLab",
    server: {
      issuer: home,
      authorization_endpoint: `${home}/oauth/authorize`,
      token_endpoint: `${home}/oauth/token`,
      userinfo_endpoint: `${home}/oauth/userinfo`,
      jwks_uri: `${home}/oauth/discovery/keys`,
    },
    scope: "openid profile email",
    openid: true,
    // The ID token has the address; name and picture are only told by the UserInfo endpoint.
    profile: async ({ claims, userInfo }) => mergedClaims(await userInfo(), claims),
    identity: standardClaims,
  };
}

/**
 * GitLab: OpenID Connect. `email_verified` says that the user confirmed the address; on a self-managed GitLab an administrator can say so,
 * too.
 *
 * Access tokens live for two hours and always come with a refresh token.
 *
 * @throws AuthError `config_invalid`, naming the option
 */
export function gitlab({ baseUrl = "https://gitlab.com", ...options }: GitLabOptions): Provider {
  return oauthProvider(gitlabAt(baseUrl), options);
}
