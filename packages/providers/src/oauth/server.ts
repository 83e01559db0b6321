/** The server of a provider: where its endpoints are, and what `oauth4webapi` needs to talk to them. The one file over that package. */
import { AuthError, isAuthError } from "@latchkey/core";
import * as oauth from "oauth4webapi";
import { objectOf, refusalOf, refuseUnusable, withScopeText } from "./answers.js";
import type { ClientAuthentication, OAuthProviderData, Profile } from "./definition.js";
import { isAllowedFrom, metadataOf, NO_ISSUER, requireUrl } from "./endpoints.js";
import { CLOCK_TOLERANCE, holdsFurther, unverified } from "./id-token.js";
import { ask } from "./transport.js";

/** Seconds for which a discovery document is good. */
const METADATA_LIFE = 3600;
/** Seconds between two fetches of the keys that an unknown key asks for (R-O11). */
const KEY_COOL_DOWN = 30;
export interface Credentials {
  clientId: string;
  clientSecret: string | undefined;
}

/** What the token endpoint said. */
export interface TokenAnswer {
  response: oauth.TokenEndpointResponse;
  /** Claims of the ID token, its signature checked; empty without one. */
  claims: Profile;
}

export class Server {
  readonly #data: OAuthProviderData;
  readonly #client: oauth.Client;
  readonly #authentication: ClientAuthentication;
  #metadata: oauth.AuthorizationServer | null;
  #metadataUntil = Number.POSITIVE_INFINITY;
  #discovery: Promise<oauth.AuthorizationServer> | null = null;
  /** Requests for keys that are under way, by address: no set of keys is ever taken for another. */
  readonly #keys = new Map<string, Promise<Response>>();
  /** By address of the keys: the object that `oauth4webapi` remembers them by. */
  readonly #keyServers = new Map<string, oauth.AuthorizationServer>();
  /** By address of the keys: when an unknown key made us ask for them, in seconds; and how often they came. */
  readonly #keysAskedAgain = new Map<string, number>();
  readonly #keyRequests = new Map<string, number>();

  constructor(data: OAuthProviderData, { clientId, clientSecret }: Credentials) {
    this.#data = data;
    this.#client = { client_id: clientId, [oauth.clockTolerance]: CLOCK_TOLERANCE };
    this.#authentication = authenticationOf(data, clientId, clientSecret);
    const { server } = data;
    this.#metadata = "discover" in server ? null : { ...metadataOf(server, data) };
    if ("discover" in server) requireUrl(server.discover, data.id, "issuer");
  }

  /** @throws AuthError `provider_unavailable`, `provider_rejected` */
  async authorizationEndpoint(now: Date): Promise<URL> {
    const { authorization_endpoint } = await this.#asked(now);
    return new URL(authorization_endpoint as string);
  }

  /**
   * Reads what came back to the callback: whose answer it is, and whether it is one (RFC 9207 §2.4, RFC 6749 §4.1.2).
   *
   * @param state The one of this attempt
   * @returns the parameters, for {@link exchange}
   * @throws AuthError `access_denied`, `provider_rejected`, `provider_unavailable`
   */
  async validateCallback(params: URLSearchParams, state: string, now: Date): Promise<URLSearchParams> {
    const metadata = await this.#asked(now);
    const given = new URLSearchParams(params);
    if (metadata.issuer === NO_ISSUER) given.delete("iss");
    if (given.has("iss") && given.get("iss") !== metadata.issuer)
      throw new AuthError("provider_rejected", `${this.#data.id}: the answer is of another issuer`);
    return this.#believe(async () => oauth.validateAuthResponse(metadata, this.#client, given, state));
  }

  /**
   * Trades a code for tokens and validates the ID token (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3).
   *
   * @throws AuthError `provider_rejected`, `provider_unavailable`
   */
  async exchange(
    callback: URLSearchParams,
    expected: { redirectUri: string; verifier: string | null; nonce: string | null; maxAge: number | null },
    now: Date,
  ): Promise<TokenAnswer> {
    const metadata = await this.#asked(now);
    const client = this.#clientAt(now);
    const { redirectUri, verifier, nonce, maxAge } = expected;
    return this.#believe(async () => {
      const authentication = this.#authenticationAt(now);
      const options = this.#options(metadata);
      const sent = await oauth.authorizationCodeGrantRequest(
        metadata,
        client,
        authentication,
        callback,
        redirectUri,
        verifier ?? oauth.nopkce,
        options,
      );
      const { openid } = this.#data;
      const response = await withScopeText(sent);
      const issuer = await this.#issuerOfTokens(metadata, response);
      const answer = await oauth.processAuthorizationCodeResponse(issuer, client, response, {
        requireIdToken: openid,
        ...(openid && nonce !== null && { expectedNonce: nonce }),
        ...(openid && maxAge !== null && { maxAge }),
      });
      refuseUnusable(this.#data.id, answer);
      if (!openid) return { response: answer, claims: {} };
      await this.#validateSignature(response, issuer, now);
      const claims = oauth.getValidatedIdTokenClaims(answer) as Profile;
      if (!(await holdsFurther(claims, answer, { clientId: client.client_id, code: callback.get("code"), now })))
        throw new AuthError("provider_rejected", `${this.#data.id}: a claim of the ID token does not hold`);
      return { response: answer, claims };
    });
  }

  /** @throws AuthError `provider_rejected` when the refresh token is good no more; `provider_unavailable` */
  async refresh(refreshToken: string, now: Date): Promise<oauth.TokenEndpointResponse> {
    const metadata = await this.#asked(now);
    const client = this.#clientAt(now);
    return this.#believe(async () => {
      const authentication = this.#authenticationAt(now);
      const options = this.#options(metadata);
      const sent = await oauth.refreshTokenGrantRequest(metadata, client, authentication, refreshToken, options);
      const response = await withScopeText(sent);
      const issuer = await this.#issuerOfTokens(metadata, response);
      const answer = await oauth.processRefreshTokenResponse(issuer, client, response);
      refuseUnusable(this.#data.id, answer);
      return answer;
    });
  }

  /** @returns the UserInfo claims of `subject`, or of whoever it is; empty where the server has no such endpoint */
  async userInfo(accessToken: string, subject: string | null, now: Date): Promise<Profile> {
    const metadata = await this.#asked(now);
    if (metadata.userinfo_endpoint === undefined) return {};
    if (!this.#data.openid) return objectOf(this.#data.id, await this.get(metadata.userinfo_endpoint, accessToken));
    const client = this.#clientAt(now);
    return this.#believe(async () => {
      const response = await oauth.userInfoRequest(metadata, client, accessToken, this.#options(metadata));
      const expected = subject ?? oauth.skipSubjectCheck;
      const isSigned = response.headers.get("content-type")?.startsWith("application/jwt");
      const claims = await oauth.processUserInfoResponse(metadata, client, expected, response);
      if (isSigned) await this.#validateSignature(response, metadata, now);
      return claims as Profile;
    });
  }

  /** GET with the access token. @throws AuthError `provider_rejected` unless the answer is 200 with JSON */
  async get(url: string, accessToken: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
    this.#refuseForeign(url);
    const accept = { Accept: "application/json", ...headers, Authorization: `Bearer ${accessToken}` };
    const response = await ask(url, { headers: accept });
    if (response.status !== 200)
      throw new AuthError("provider_rejected", `${new URL(url).host} answered ${response.status}`);
    return this.#believe(() => response.json());
  }

  /** The metadata: written down, or discovered once an hour, by one request at a time. An old document is better than none. */
  async #asked(now: Date): Promise<oauth.AuthorizationServer> {
    if (this.#metadata !== null && now.getTime() / 1000 < this.#metadataUntil) return this.#metadata;
    this.#discovery ??= this.#discover().finally(() => {
      this.#discovery = null;
    });
    try {
      this.#metadata = await this.#discovery;
    } catch (error) {
      if (this.#metadata === null || !isAuthError(error, "provider_unavailable")) throw error;
    }
    this.#metadataUntil = now.getTime() / 1000 + METADATA_LIFE;
    return this.#metadata;
  }

  async #discover(): Promise<oauth.AuthorizationServer> {
    const issuer = this.#home;
    const url = new URL(issuer);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const response = await ask(url.href, { headers: { Accept: "application/json" } });
    const metadata = await this.#believe(() => oauth.processDiscoveryResponse(new URL(issuer), response));
    if (metadata.issuer !== issuer)
      throw new AuthError("provider_rejected", `${this.#data.id}: the discovery document is of another issuer`);
    const { authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri } = metadata;
    for (const endpoint of [authorization_endpoint, token_endpoint]) this.#refuseForeign(endpoint);
    for (const endpoint of [userinfo_endpoint, jwks_uri]) if (endpoint !== undefined) this.#refuseForeign(endpoint);
    return metadata;
  }

  /** What the app itself says of where the provider is. */
  get #home(): string {
    const { server } = this.#data;
    return "discover" in server ? server.discover : server.token_endpoint;
  }

  /** @throws AuthError `provider_rejected` */
  #refuseForeign(endpoint: string | undefined): void {
    if (!isAllowedFrom(this.#home, endpoint))
      throw new AuthError("provider_rejected", `${this.#data.id}: an endpoint is where none may be`);
  }

  /** The metadata with the issuer and the keys that the ID token of an answer must have. */
  async #issuerOfTokens(metadata: oauth.AuthorizationServer, answer: Response): Promise<oauth.AuthorizationServer> {
    const { issuerOf, keysOf } = this.#data;
    if (issuerOf === undefined || answer.status !== 200) return metadata;
    // Microsoft: one server, an issuer for each tenant. The claims are validated after this, with the issuer that they may have.
    const { id_token } = objectOf(this.#data.id, await answer.clone().json());
    const claims = unverified(id_token, 1);
    const keys = keysOf?.(claims);
    return { ...metadata, issuer: issuerOf(claims) ?? NO_ISSUER, ...(keys !== undefined && { jwks_uri: keys }) };
  }

  /** An unknown key may be a new one: the keys are asked for once more, but not for everybody who invents one (R-O11). */
  async #validateSignature(response: Response, metadata: oauth.AuthorizationServer, now: Date): Promise<void> {
    const uri = metadata.jwks_uri ?? "";
    const known = this.#keyServers.get(uri) ?? this.#forgetKeys(uri, metadata);
    const requests = this.#requestsFor(uri);
    try {
      await oauth.validateApplicationLevelSignature(known, response, this.#options(known));
    } catch (error) {
      const isUnknownKey = error instanceof oauth.OperationProcessingError && error.code === oauth.KEY_SELECTION;
      const isOld = this.#keyServers.get(uri) !== known;
      // Keys that came just now are no newer when they are asked for again.
      if (!isUnknownKey || (!isOld && (requests !== this.#requestsFor(uri) || this.#isCoolingDown(uri, now))))
        throw error;
      const anew = isOld ? (this.#keyServers.get(uri) ?? known) : this.#forgetKeys(uri, metadata);
      await oauth.validateApplicationLevelSignature(anew, response, this.#options(anew));
    }
  }

  #forgetKeys(uri: string, metadata: oauth.AuthorizationServer): oauth.AuthorizationServer {
    const server = { ...metadata };
    this.#keyServers.set(uri, server);
    return server;
  }

  /** False once in {@link KEY_COOL_DOWN} seconds. */
  #isCoolingDown(uri: string, now: Date): boolean {
    const seconds = now.getTime() / 1000;
    if (seconds < (this.#keysAskedAgain.get(uri) ?? Number.NEGATIVE_INFINITY) + KEY_COOL_DOWN) return true;
    this.#keysAskedAgain.set(uri, seconds);
    return false;
  }

  #requestsFor(uri: string): number {
    return this.#keyRequests.get(uri) ?? 0;
  }

  /** Clocks that tests own count here, too. */
  #clientAt(now: Date): oauth.Client {
    return { ...this.#client, [oauth.clockSkew]: Math.round((now.getTime() - Date.now()) / 1000) };
  }

  #authenticationAt(now: Date): oauth.ClientAuth {
    return (_server, _client, body, headers) => this.#authentication(body, headers, now);
  }

  #options(metadata: oauth.AuthorizationServer) {
    return {
      [oauth.allowInsecureRequests]: this.#home.startsWith("http:"),
      [oauth.customFetch]: (url: string, init: { method?: string; headers?: HeadersInit; body?: BodyInit | null }) =>
        url === metadata.jwks_uri ? this.#askKeys(url) : ask(url, init),
    };
  }

  /** Many sign-ins at once share one request for the keys. */
  async #askKeys(url: string): Promise<Response> {
    const running = this.#keys.get(url);
    if (running !== undefined) return (await running).clone();
    const request = ask(url, { headers: { Accept: "application/json" } }).finally(() => {
      this.#keys.delete(url);
      this.#keyRequests.set(url, this.#requestsFor(url) + 1);
    });
    this.#keys.set(url, request);
    return (await request).clone();
  }

  /** Whatever the package finds wrong with an answer: the reason is a code, never the answer's own text. */
  async #believe<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isAuthError(error)) throw error;
      if (error instanceof oauth.AuthorizationResponseError) throw refusalOf(this.#data.id, error.error);
      const { name, code } = error as { name?: unknown; code?: unknown };
      throw new AuthError("provider_rejected", `${this.#data.id}: ${String(code ?? name ?? "a malformed answer")}`);
    }
  }
}

function authenticationOf(
  { clientAuthentication = "post" }: OAuthProviderData,
  clientId: string,
  clientSecret: string | undefined,
): ClientAuthentication {
  if (typeof clientAuthentication === "function") return clientAuthentication;
  const client = { client_id: clientId };
  const server = { issuer: NO_ISSUER };
  if (clientSecret === undefined) return (body) => body.set("client_id", clientId);
  const way = clientAuthentication === "basic" ? oauth.ClientSecretBasic : oauth.ClientSecretPost;
  const authenticate = way(clientSecret);
  return (body, headers) => authenticate(server, client, body, headers);
}
