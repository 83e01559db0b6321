/** The authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636, OpenID Connect Core §3.1): to the provider and back. */
import {
  AuthError,
  createId,
  type Identity,
  isAuthError,
  type ProviderResult,
  type ProviderStep,
  type ProviderTokens,
  type SessionWithUser,
} from "@latchkey/core";
import { objectOf } from "./answers.js";
import type { OAuthProviderData, Profile } from "./definition.js";
import { identityFrom } from "./identity.js";
import { challengeOf, createVerifier } from "./pkce.js";
import type { Server, TokenAnswer } from "./server.js";
import type { Settings } from "./settings.js";

/** Longest value that a callback may bring: codes of some providers have 2,000 characters. */
const MAX_PARAMETER = 8192;

/** Granted scopes that are kept (RFC 6749 §3.3), as long as they may be. */
const SCOPE = /^[\x20-\x7e]{1,2000}$/;
/** What a provider posts: the answer, and once what Apple's users call themselves. */
const POSTED = ["code", "state", "iss", "error", "user"];

/** What a browser keeps of an attempt, sealed. */
interface Attempt {
  /** One attempt is for one provider, one redirect URI, and one purpose (R-O1). */
  provider: string;
  redirectUri: string;
  /** Whom the account is to be linked to; null where somebody signs in. */
  userId: string | null;
  state: string;
  verifier: string;
  nonce: string;
  callbackUrl: string | null;
  errorUrl: string | null;
}

export class Flow {
  readonly #data: OAuthProviderData;
  readonly #server: Server;
  readonly #settings: Settings;

  constructor(data: OAuthProviderData, server: Server, settings: Settings) {
    this.#data = data;
    this.#server = server;
    this.#settings = settings;
  }

  /** Sends the browser to the provider. @throws AuthError `provider_unavailable`, `provider_rejected`, `request_invalid` */
  async begin(step: ProviderStep, user: SessionWithUser["user"] | null = null): Promise<ProviderResult> {
    const targets = targetsOf(step);
    Object.assign(step.navigation, targets);
    const url = await this.#server.authorizationEndpoint(step.now);
    url.hash = "";
    const id = step.attempts.createId();
    const attempt: Attempt = {
      provider: this.#data.id,
      redirectUri: this.#settings.redirectUri ?? `${step.baseUrl}/callback/${this.#data.id}`,
      userId: user?.id ?? null,
      // Names its attempt, so that a browser with many finds the right one.
      state: `${id}.${createId()}`,
      verifier: createVerifier(),
      nonce: createId(),
      callbackUrl: targets.callbackUrl ?? null,
      errorUrl: targets.errorUrl ?? null,
    };
    await step.attempts.start(id, { ...attempt });
    for (const [name, value] of Object.entries(await this.#parameters(attempt))) url.searchParams.set(name, value);
    return { kind: "redirect", url: url.href };
  }

  /** Sends the browser of a signed-in user to the provider, to link the account there. @throws AuthError `unauthorized` */
  async beginLink(step: ProviderStep): Promise<ProviderResult> {
    if (step.adapter === null) throw new AuthError("adapter_required", "without a database no account can be linked");
    return this.begin(step, (await step.requireSession()).user);
  }

  /**
   * What the provider's page posts (OAuth 2.0 Form Post Response Mode), as a GET of this same callback: with a form of another site no
   * browser sends `Lax` cookies, so that neither the attempt nor the session of the user would be seen. A navigation brings them.
   */
  bounce({ request, input }: ProviderStep): ProviderResult {
    const fields = POSTED.flatMap((name) => (isShort(input[name]) ? [[name, input[name]] as [string, string]] : []));
    return { kind: "redirect", url: `${new URL(request.url).pathname}?${new URLSearchParams(fields)}` };
  }

  /**
   * Takes the browser back.
   *
   * @throws AuthError `sign_in_expired`, `access_denied`, `provider_rejected`; `provider_unavailable`, after which the same callback may
   *   come again
   */
  async complete(step: ProviderStep): Promise<ProviderResult> {
    const params = paramsOf(step);
    const [id = ""] = (params.get("state") ?? "").split(".");
    const attempt = await this.#attemptOf(id, params, step);
    Object.assign(step.navigation, {
      callbackUrl: attempt.callbackUrl ?? undefined,
      errorUrl: attempt.errorUrl ?? undefined,
    });
    const result = await this.#finish(id, attempt, params, step).catch((error: unknown) => {
      // What could not be asked is not answered: the browser keeps its attempt.
      if (!isAuthError(error) || error.status !== 503) step.attempts.end(id);
      throw error;
    });
    // Whoever was first may still need the attempt, so that it is theirs to end.
    if (result === null) throw new AuthError("sign_in_expired", "the callback was used before");
    step.attempts.end(id);
    return result;
  }

  /** @returns null when the callback was used before */
  async #finish(
    id: string,
    attempt: Attempt,
    params: URLSearchParams,
    step: ProviderStep,
  ): Promise<ProviderResult | null> {
    const callback = await this.#server.validateCallback(params, attempt.state, step.now);
    const session = attempt.userId === null ? null : await linkingSession(attempt.userId, step);
    if (!(await step.attempts.use(id))) return null;
    try {
      const identity = await this.#identify(attempt, callback, params, step);
      if (session !== null) return { kind: "link", identity, session };
      return { kind: "identity", identity, isNewUser: false };
    } catch (error) {
      // Nobody was identified, and perhaps the provider has not seen the code: the browser may come again with it (F-25).
      if (isAuthError(error, "provider_unavailable")) await step.attempts.giveBack(id);
      throw error;
    }
  }

  async #identify(
    attempt: Attempt,
    callback: URLSearchParams,
    params: URLSearchParams,
    { now }: ProviderStep,
  ): Promise<Identity> {
    const { redirectUri } = attempt;
    const verifier = this.#data.pkce === false ? null : attempt.verifier;
    const nonce = this.#data.nonce === false ? null : attempt.nonce;
    const expected = { redirectUri, verifier, nonce, maxAge: this.#settings.maxAge };
    const answer = await this.#server.exchange(callback, expected, now);
    const profile = await this.#profile(answer, params, now);
    return { ...identityFrom(this.#data, profile, this.#settings.trustEmail), tokens: tokensOf(answer.response, now) };
  }

  async #profile({ response, claims }: TokenAnswer, params: URLSearchParams, now: Date): Promise<Profile> {
    if (this.#data.profile === undefined) return claims;
    const { access_token } = response;
    const subject = typeof claims.sub === "string" ? claims.sub : null;
    const profile = await this.#data.profile({
      claims,
      params,
      accessToken: access_token,
      get: (url, headers) => this.#server.get(url, access_token, headers),
      userInfo: () => this.#server.userInfo(access_token, subject, now),
    });
    return objectOf(this.#data.id, profile);
  }

  /** @throws AuthError `sign_in_expired` for a state that this browser has not been given for this provider */
  async #attemptOf(id: string, params: URLSearchParams, step: ProviderStep): Promise<Attempt> {
    const kept = await step.attempts.read(id);
    const attempt = kept as Attempt | null;
    if (attempt === null || attempt.provider !== this.#data.id || attempt.state !== params.get("state"))
      throw new AuthError("sign_in_expired", "no attempt of this browser belongs to the callback");
    return attempt;
  }

  async #parameters(attempt: Attempt): Promise<Record<string, string>> {
    const data = this.#data;
    const settings = this.#settings;
    return {
      ...data.authorizationParams,
      ...settings.authorizationParams,
      ...(settings.maxAge !== null && { max_age: String(settings.maxAge) }),
      ...(data.openid && data.nonce !== false && { nonce: attempt.nonce }),
      ...(data.formPost && { response_mode: "form_post" }),
      response_type: "code",
      client_id: settings.clientId,
      redirect_uri: attempt.redirectUri,
      scope: settings.scope,
      state: attempt.state,
      ...(data.pkce !== false && {
        code_challenge: await challengeOf(attempt.verifier),
        code_challenge_method: "S256",
      }),
    };
  }
}

/** @throws AuthError `sign_in_expired` unless the user who began to link is still the one signed in */
async function linkingSession(userId: string, step: ProviderStep): Promise<SessionWithUser> {
  const session = await step.requireSession().catch((error: unknown) => {
    if (isAuthError(error, "unauthorized")) return null;
    throw error;
  });
  if (session?.user.id === userId) return session;
  throw new AuthError("sign_in_expired", "the account was to be linked to a user who is not signed in here any more");
}

/** Where the browser wants to go on: of the query or of the body. Checked by the handler before it is used. */
function targetsOf({ request, input }: ProviderStep): { callbackUrl?: string; errorUrl?: string } {
  const query = new URL(request.url).searchParams;
  const target = (name: "callbackUrl" | "errorUrl") => {
    const value = request.method === "GET" ? query.get(name) : input[name];
    return typeof value === "string" && value !== "" ? { [name]: value } : {};
  };
  return { ...target("callbackUrl"), ...target("errorUrl") };
}

/** @throws AuthError `provider_rejected` for a parameter that comes twice (RFC 6749 §3.1) or is beyond all measure */
function paramsOf({ request }: ProviderStep): URLSearchParams {
  const params = new URL(request.url).searchParams;
  const names = [...params.keys()];
  if (new Set(names).size === names.length && [...params.values()].every(isShort)) return params;
  throw new AuthError("provider_rejected", "the callback is malformed");
}

function isShort(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_PARAMETER;
}

export function tokensOf(
  response: Pick<TokenAnswer["response"], "access_token" | "refresh_token" | "id_token" | "expires_in" | "scope">,
  now: Date,
): ProviderTokens {
  const { access_token, refresh_token, id_token, expires_in, scope } = response;
  return {
    accessToken: access_token,
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
    ...(id_token !== undefined && { idToken: id_token }),
    ...(expires_in !== undefined && { accessTokenExpires: endOf(now, expires_in) }),
    ...(scope !== undefined && SCOPE.test(scope) && { scope }),
  };
}

/** A life beyond what a date can hold is as good as none. */
function endOf(now: Date, seconds: number): Date {
  const TEN_YEARS = 315_360_000;
  return new Date(now.getTime() + Math.min(seconds, TEN_YEARS) * 1000);
}
