/** What differs between OAuth providers: data, and one function from profile to identity. Nothing here knows the flow. */
import type { Duration } from "@latchkey/core";

/** What the app says of its registration at a provider. */
export interface OAuthOptions {
  /** Client identifier (RFC 6749 §2.2). */
  clientId: string;
  /** Client secret (RFC 6749 §2.3.1); left out for a public client. */
  clientSecret?: string;
  /**
   * The redirect URI that is registered at the provider, exactly (RFC 9700 §2.1).
   *
   * @default `baseUrl` + `basePath` + `/callback/` + id
   */
  redirectUri?: string;
  /** Scopes to ask for in place of the provider's default ones: `"openid email"`, or a list. */
  scope?: string | readonly string[];
  /** More parameters of the authorization request, such as `{ prompt: "consent", access_type: "offline" }`. */
  authorizationParams?: Readonly<Record<string, string>>;
  /**
   * Longest time since the user signed in at the provider (OpenID Connect Core §3.1.2.1 `max_age`), for providers with ID tokens. An older
   * `auth_time`, or none, is refused.
   */
  maxAge?: Duration;
  /**
   * Whether an address that this provider calls verified may lead to the user who has the same address here: always, or for some domains.
   * Without it that user has to sign in and link the account.
   *
   * @default the domains whose mail the provider itself operates, such as gmail.com for Google
   */
  trustEmail?: boolean | readonly string[];
  /** Code challenge method (RFC 7636). There is no other. @default "S256" */
  pkce?: "S256";
}

/** Claims of an ID token, or the answer of a profile API: not yet narrowed. */
export type Profile = Readonly<Record<string, unknown>>;

/** What of a profile we use. Narrowed and cleaned in one place; `null` and what is no text is left out. */
export interface ProfileFields {
  /** Stable id of the user at the provider, a text or a whole number; never an address. */
  subject: unknown;
  email?: unknown;
  /** The address counts as verified when this is `true`, the boolean. */
  emailVerified?: unknown;
  name?: unknown;
  /** An https URL. */
  picture?: unknown;
}

/** What a profile can be read from, once the code was exchanged. */
export interface ProfileSources {
  /** Validated claims of the ID token; empty without one. */
  claims: Profile;
  /** Fields that came to the callback beside the code. */
  params: URLSearchParams;
  /** The token that `get` sends, for an API that wants it signed. */
  accessToken: string;
  /** GET with the access token as Bearer (RFC 6750 §2.1). @returns the JSON of a 200 answer. @throws AuthError */
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<unknown>;
  /** The UserInfo claims, whose `sub` equals the ID token's (OpenID Connect Core §5.3). */
  userInfo(): Promise<Profile>;
}

/** Metadata as RFC 8414 §2 names it, for providers whose endpoints are written down and do not have to be asked for. */
export interface ServerMetadata {
  /** Compared with `iss` of callbacks (RFC 9207) and of ID tokens. For a provider without an issuer: left out. */
  issuer?: string;
  authorization_endpoint: string;
  token_endpoint: string;
  userinfo_endpoint?: string;
  jwks_uri?: string;
  id_token_signing_alg_values_supported?: string[];
  /** True where every callback has `iss`. */
  authorization_response_iss_parameter_supported?: boolean;
}

/** How a client proves itself at the token endpoint: adds to the body or the headers of the request. */
export type ClientAuthentication = (body: URLSearchParams, headers: Headers, now: Date) => void | Promise<void>;

export interface OAuthProviderData {
  readonly id: string;
  /** For buttons and lists. */
  readonly name: string;
  /** Written-down endpoints, or the issuer whose discovery document has them (OpenID Connect Discovery §4). */
  readonly server: ServerMetadata | { readonly discover: string };
  /** Default scopes, separated by a space. */
  readonly scope: string;
  /** True where the token endpoint answers with an ID token: then one is required, and validated. */
  readonly openid: boolean;
  /** False for the few OpenID providers that leave `nonce` out of the ID token. @default true */
  readonly nonce?: boolean;
  /** False for the few providers that refuse a code verifier (RFC 7636) in place of ignoring it. @default true */
  readonly pkce?: boolean;
  /** What every authorization request has beside the standard parameters. */
  readonly authorizationParams?: Readonly<Record<string, string>>;
  /** How the secret is sent (RFC 6749 §2.3.1), or a function for another way. @default "post" */
  readonly clientAuthentication?: "post" | "basic" | ClientAuthentication;
  /** The callback comes as a POST from the provider's page (OAuth 2.0 Form Post Response Mode). */
  readonly formPost?: boolean;
  /** The issuer that an ID token must name, where it depends on the token (Microsoft's tenants). @returns null to refuse */
  issuerOf?(claims: Profile): string | null;
  /** Where the keys for an ID token are, where that depends on the token, too. */
  keysOf?(claims: Profile): string;
  /** @default the claims of the ID token */
  profile?(sources: ProfileSources): Promise<unknown>;
  identity(profile: Profile): ProfileFields;
  /** Whether the provider itself operates the mailbox, so that its word proves it. @param domain of the address, in lower case */
  operatesMailbox?(domain: string, profile: Profile): boolean;
}
