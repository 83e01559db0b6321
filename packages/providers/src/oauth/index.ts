/** `@latchkey/providers/oauth`: signing in with somebody else. */
export { type AppleOptions, apple } from "./apple.js";
export { type CustomOptions, custom } from "./custom.js";
export type {
  ClientAuthentication,
  OAuthOptions,
  OAuthProviderData,
  Profile,
  ProfileFields,
  ProfileSources,
  ServerMetadata,
} from "./definition.js";
export { discord } from "./discord.js";
export { epic } from "./epic.js";
export { facebook } from "./facebook.js";
export { github } from "./github.js";
export { type GitLabOptions, gitlab } from "./gitlab.js";
export { google } from "./google.js";
export { linkedin } from "./linkedin.js";
export { type MicrosoftOptions, microsoft } from "./microsoft.js";
export { type OidcOptions, oidc } from "./oidc.js";
export { oauthProvider } from "./provider.js";
export { slack } from "./slack.js";
export { spotify } from "./spotify.js";
export { twitch } from "./twitch.js";
export { x } from "./x.js";
