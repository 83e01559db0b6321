/** One provider of the web, answered in this process: its page, its token endpoint, its keys and its API, with all that it checks. */
import { createHash } from "node:crypto";
import { halfHash, type Json, signingKey, signToken } from "./hostile-tokens.js";
import type { Answers, Recording, Said } from "./sources.js";

/** The app's registration there. */
export interface Registration {
  clientId: string;
  clientSecret: string;
  redirectUri: string;
}

/** What a code or a token was given out for. */
export interface Grant {
  /** The authorization request. */
  request: URLSearchParams;
  scope: string;
  /** What is said of whoever agreed. */
  answers: Answers;
  used: boolean;
}

/** The values of one answer of the token endpoint. */
export interface Issued {
  accessToken: string;
  refreshToken: string;
  /** Undefined where the provider has none. */
  idToken: string | undefined;
  /** Seconds since 1970. */
  now: number;
}

/** What a provider's own documentation says of its servers. Nothing here is taken from the code under test. */
export interface Place {
  registration: Omit<Registration, "redirectUri">;
  /** The page where the user agrees. */
  authorization: string;
  token: string;
  /** What an app asks for that says nothing of scopes. */
  scope: string;
  /** How the app proves itself: by the body, by Basic with its secret as it is, or in a way of its own. */
  client: "post" | "basic" | ((form: URLSearchParams, now: number) => Promise<string | null>);
  /** What becomes of a code challenge and its verifier (RFC 7636). */
  pkce: "verified" | "ignored" | "refused";
  /** Where their keys are, and whether they repeat the nonce. Issuer and claims are as recorded. */
  idTokens?: { keys: string; nonce: boolean };
  userInfo?: string;
  /** True where the answer is posted to the app. */
  posts?: boolean;
  /** What comes to the callback beside code and state. */
  callback?: Readonly<Record<string, string>>;
  /** What else is wrong with an authorization request. @returns null for nothing */
  refuses?(request: URLSearchParams): string | null;
  /** What of all that could be said the request asks for. @default all of it */
  tells?(said: Said, request: URLSearchParams): Said;
  /** The body of a right answer of the token endpoint. */
  answer(issued: Issued, grant: Grant): Json;
  /** Status and body of a refusal by the token endpoint. @default RFC 6749 §5.2 */
  refusal?(error: string): [status: number, body: Json];
  /** The token endpoint answers in a form unless JSON is asked for. */
  answersInForms?: boolean;
  /** What else the API checks. @returns null for nothing */
  checks?(request: Request, grant: Grant, token: string): string | null;
}

/** How the browser comes back to the app. */
export interface Comeback {
  method: "GET" | "POST";
  url: string;
  fields: Record<string, string>;
  /** Origin of the page that it comes from. */
  from: string;
}

/** In every code and token: no answer of the app may have it. */
const MARK = "9f31c7e2";
/** Seconds for which ID tokens are good. */
const TOKEN_LIFE = 600;

/** Thrown by what checks a request. */
class Refusal extends Error {
  readonly status: number;
  constructor(reason: string, status = 400) {
    super(reason);
    this.status = status;
  }
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/**
 * @param recording What the provider says of its users
 * @param options.now Milliseconds, of the app's clock
 */
export async function openWorld(
  place: Place,
  recording: Pick<Recording, "usual" | "answers">,
  { now, redirectUri }: { now: () => number; redirectUri: string },
) {
  const key = await signingKey("main");
  const registration: Registration = { ...place.registration, redirectUri };
  const codes = new Map<string, Grant>();
  const accessTokens = new Map<string, Grant>();
  const refreshTokens = new Map<string, Grant>();
  const faults: string[] = [];
  const requests: string[] = [];
  let serial = 0;

  async function answer(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const address = url.origin + url.pathname;
    requests.push(`${request.method} ${address}`);
    try {
      refuseUnless(init?.redirect === "manual", "the request would follow a redirect");
      refuseUnless(init?.signal instanceof AbortSignal, "the request would wait for ever");
      if (address === place.token) return await exchange(request);
      if (address === place.idTokens?.keys) return json(200, { keys: [key.publicJwk] });
      return tell(request, address);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      faults.push(`${request.method} ${address}: ${error.message}`);
      if (address !== place.token) return json(error.status, { message: error.message });
      return json(...(place.refusal?.(error.message) ?? [400, { error: "invalid_grant", error_description: "no" }]));
    }
  }

  async function exchange(request: Request): Promise<Response> {
    refuseUnless(request.method === "POST", "tokens are given for a POST");
    const type = request.headers.get("content-type") ?? "";
    refuseUnless(type.startsWith("application/x-www-form-urlencoded"), `the type of the body is ${type}`);
    const form = new URLSearchParams(await request.text());
    refuseUnless(new Set(form.keys()).size === [...form.keys()].length, "a parameter comes twice");
    await proveClient(request, form);
    const isRefresh = form.get("grant_type") === "refresh_token";
    const grant = isRefresh ? refreshTokens.get(form.get("refresh_token") ?? "") : redeem(form);
    refuseUnless(grant !== undefined, "no such grant");
    const body = place.answer(await issue(grant, isRefresh), grant);
    if (!place.answersInForms || request.headers.get("accept") === "application/json") return json(200, body);
    return new Response(new URLSearchParams(body as Record<string, string>));
  }

  async function proveClient({ headers }: Request, form: URLSearchParams): Promise<void> {
    const { client } = place;
    const { clientId, clientSecret } = registration;
    const basic = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    if (client === "basic") {
      refuseUnless(headers.get("authorization") === basic, "the client is not proved by Basic");
      return refuseUnless(!form.has("client_secret"), "the secret is sent twice");
    }
    refuseUnless(form.get("client_id") === clientId && !headers.has("authorization"), "no client by the body");
    const fault = typeof client === "function" ? await client(form, Math.floor(now() / 1000)) : null;
    refuseUnless(fault === null, `the client secret: ${fault}`);
    refuseUnless(typeof client === "function" || form.get("client_secret") === clientSecret, "a wrong client secret");
  }

  /** RFC 6749 §4.1.3 and RFC 7636 §4.6. */
  function redeem(form: URLSearchParams): Grant | undefined {
    refuseUnless(form.get("grant_type") === "authorization_code", "no grant of this type");
    const grant = codes.get(form.get("code") ?? "");
    refuseUnless(grant !== undefined && !grant.used, "a code that was not given, or was used");
    grant.used = true;
    refuseUnless(form.get("redirect_uri") === grant.request.get("redirect_uri"), "another redirect URI");
    const verifier = form.get("code_verifier");
    if (place.pkce === "refused") refuseUnless(verifier === null, "a code verifier is refused");
    else refuseUnless(/^[\w.~-]{43,128}$/.test(verifier ?? ""), "no code verifier");
    const challenge = createHash("sha256")
      .update(verifier ?? "")
      .digest("base64url");
    if (place.pkce === "verified") refuseUnless(challenge === grant.request.get("code_challenge"), "a wrong verifier");
    return grant;
  }

  async function issue(grant: Grant, isRefresh: boolean): Promise<Issued> {
    serial++;
    const issued = { accessToken: `access-${MARK}-${serial}`, refreshToken: `refresh-${MARK}-${serial}` };
    accessTokens.set(issued.accessToken, grant);
    refreshTokens.set(issued.refreshToken, grant);
    return { ...issued, idToken: await idToken(grant, issued.accessToken, isRefresh), now: Math.floor(now() / 1000) };
  }

  /** Dates, audience and nonce of what was recorded are of the day when it was; here they are of now. */
  async function idToken(grant: Grant, accessToken: string, isRefresh: boolean): Promise<string | undefined> {
    const { idTokens } = place;
    if (idTokens === undefined) return undefined;
    const iat = Math.floor(now() / 1000);
    const { aud, azp, at_hash, nonce, nbf, auth_time, ...claims } = grant.answers.claims ?? {};
    const { clientId } = registration;
    const token = {
      ...claims,
      ...{ aud: Array.isArray(aud) ? [clientId] : clientId, iat, exp: iat + TOKEN_LIFE },
      ...(azp !== undefined && { azp: clientId }),
      ...(at_hash !== undefined && { at_hash: halfHash(accessToken) }),
      ...(nbf !== undefined && { nbf: iat }),
      ...(auth_time !== undefined && { auth_time: iat }),
      ...(idTokens.nonce && !isRefresh && { nonce: grant.request.get("nonce") }),
    };
    return signToken(token, { alg: key.alg, kid: key.kid }, key.privateKey);
  }

  /** The API, to whoever brings an access token. */
  function tell(request: Request, address: string): Response {
    refuseUnless(request.method === "GET", "the API is read by GET", 405);
    const [, token = ""] = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
    const grant = accessTokens.get(token);
    refuseUnless(grant !== undefined, "no access token as Bearer", 401);
    const fault = place.checks?.(request, grant, token) ?? null;
    refuseUnless(fault === null, fault ?? "", 403);
    const { userInfo, get = {} } = grant.answers;
    const body = address === place.userInfo ? userInfo : get[address];
    refuseUnless(body !== undefined, "there is nothing here", 404);
    return json(200, body);
  }

  return {
    /** In place of the global one. */
    fetch: answer,
    /** What the provider found wrong in requests, in order. */
    faults,
    /** Methods and addresses, in order. */
    requests,
    registration,
    /** Parts of codes, tokens and secrets; the last is how a signed ID token begins. */
    secrets: [MARK, registration.clientSecret, "eyJhbGciOiJSUzI1NiI"],
    /**
     * Somebody agrees at the provider's page.
     *
     * @param fields What the provider says of them, in place of the usual
     * @throws Error for an authorization request that the provider would show an error for
     */
    authorize(target: string, fields: Said = {}): Comeback {
      const { origin, pathname, searchParams: request } = new URL(target);
      const fault = origin + pathname === place.authorization ? faultOf(request, place, registration) : "another page";
      if (fault !== null) throw new Error(`the provider refuses the authorization request: ${fault}`);
      const said = { ...recording.usual, ...fields };
      const answers = recording.answers(place.tells?.(said, request) ?? said);
      const code = `4/0-${MARK}-${++serial}+=`;
      codes.set(code, { request, scope: request.get("scope") ?? "", answers, used: false });
      const comeback = { ...place.callback, ...answers.params, code, state: request.get("state") ?? "" };
      const url = request.get("redirect_uri") ?? "";
      return { method: place.posts ? "POST" : "GET", url, fields: comeback, from: origin };
    },
  };
}

/** What is wrong with an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1). */
function faultOf(request: URLSearchParams, place: Place, { clientId, redirectUri }: Registration): string | null {
  const { idTokens, pkce, posts } = place;
  const isChallenged = request.get("code_challenge_method") === "S256" && request.get("code_challenge")?.length === 43;
  const rules: readonly [holds: boolean, otherwise: string][] = [
    [new Set(request.keys()).size === [...request.keys()].length, "a parameter comes twice"],
    [request.get("response_type") === "code", "no code is asked for"],
    [request.get("client_id") === clientId, "another client"],
    [request.get("redirect_uri") === redirectUri, `${request.get("redirect_uri")} is not registered`],
    [(request.get("state") ?? "").length >= 32, "no state to speak of"],
    [pkce === "refused" ? !request.has("code_challenge") : isChallenged, "the code challenge"],
    [idTokens?.nonce ? (request.get("nonce") ?? "").length >= 16 : !request.has("nonce"), "the nonce"],
    [(request.get("response_mode") === "form_post") === (posts === true), "the response mode"],
    [!request.has("client_secret"), "the secret passes through the browser"],
  ];
  return rules.find(([holds]) => !holds)?.[1] ?? place.refuses?.(request) ?? null;
}

function refuseUnless(holds: boolean, reason: string, status?: number): asserts holds {
  if (!holds) throw new Refusal(reason, status);
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: { "content-type": "application/json; charset=utf-8" } });
}
