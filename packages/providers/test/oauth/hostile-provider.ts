/** An OpenID provider on the loopback that lies as each test tells it to, and a server that nobody may ever ask. */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CompactJWSHeaderParameters, JWK } from "jose";
import { halfHash, type Json, type SigningKey, signingKey, signToken } from "./hostile-tokens.js";

export type Endpoint = "discovery" | "jwks" | "token" | "userinfo";

/** A request as it came. */
export interface Recorded {
  endpoint: Endpoint | "other";
  method: string;
  headers: IncomingMessage["headers"];
  /** Fields of a form body. */
  form: URLSearchParams;
}

/** Answers in place of an endpoint, on the wire. */
export type Respond = (response: ServerResponse, request: Recorded) => void;

/** What the provider does in place of the right thing. What is left out is right. */
export interface Behavior {
  /** Each of these is given the right answer, and gives what is sent: an object as JSON, a text as it is. */
  discovery?(document: Json): unknown;
  jwks?(keys: JWK[]): unknown;
  claims?(claims: Json): object;
  header?(header: CompactJWSHeaderParameters): CompactJWSHeaderParameters;
  /** The whole ID token, from its right claims and its right spelling. */
  idToken?(claims: Json, signed: string): unknown;
  tokenResponse?(body: Json): unknown;
  userInfo?(claims: Json): unknown;
  /** Signs the ID token, whatever `jwks` publishes. */
  key?: SigningKey;
  /** Raw answers, in place of everything above. */
  respond?: Partial<Record<Endpoint, Respond>>;
  /** Claims that it has seen no PKCE verifier and no earlier use of the code (code injection, replay). */
  careless?: boolean;
  /** Who signs in there. */
  subject?: string;
}

/** What a code was given out for. */
interface Grant {
  request: URLSearchParams;
  subject: string;
  used: boolean;
}

export const CLIENT = { clientId: "client-1", clientSecret: "client-secret-4f1c9b7d20e8a6" } as const;

const PATHS: Readonly<Record<string, Endpoint>> = {
  "/.well-known/openid-configuration": "discovery",
  "/jwks": "jwks",
  "/token": "token",
  "/userinfo": "userinfo",
};

/** Seconds for which its ID tokens are good. */
const TOKEN_LIFE = 300;

/** Sends JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, "application/json", JSON.stringify(body));
}

/** Sends a text of any type. */
export function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { "content-type": type }).end(body);
}

export type HostileProvider = Awaited<ReturnType<typeof openProvider>>;

/**
 * Starts a provider.
 *
 * @param options.path The path of its issuer: `""`, or such as `"/tenant"`
 * @param options.now Its clock, in milliseconds: the app's
 */
export async function openProvider({ path = "", now }: { path?: string; now: () => number }) {
  const key = await signingKey("main");
  const server = await listen((request, response) => void answer(request, response));
  const origin = originOf(server);
  const issuer = origin + path;
  const grants = new Map<string, Grant>();
  const subjects = new Map<string, string>();
  const requests: Recorded[] = [];
  let behavior: Behavior = {};

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", origin);
    const endpoint = url.pathname.startsWith(path) ? PATHS[url.pathname.slice(path.length)] : undefined;
    const { method = "GET", headers } = incoming;
    const recorded = { endpoint: endpoint ?? "other", method, headers, form: await formOf(incoming) } as const;
    requests.push(recorded);
    if (endpoint === undefined) return send(response, 404, "text/plain", "nothing here");
    const respond = behavior.respond?.[endpoint];
    if (respond) return respond(response, recorded);
    const [status, body] = await ANSWERS[endpoint](recorded);
    if (typeof body === "string") send(response, status, "application/json", body);
    else sendJson(response, status, body);
  }

  const discovery = (): Json => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
  });

  async function exchange(recorded: Recorded): Promise<[number, unknown]> {
    const { form } = recorded;
    if (!isOurClient(recorded)) return [401, { error: "invalid_client" }];
    const code = form.get("code") ?? "";
    const grant = grants.get(code);
    if (!grant || !(behavior.careless || isRightful(grant, form))) return [400, { error: "invalid_grant" }];
    grant.used = true;
    const accessToken = randomUUID();
    subjects.set(accessToken, grant.subject);
    const body: Json = { access_token: accessToken, token_type: "Bearer", expires_in: TOKEN_LIFE };
    body.id_token = await idToken(grant, accessToken);
    return [200, behavior.tokenResponse ? await behavior.tokenResponse(body) : body];
  }

  async function idToken({ request, subject }: Grant, accessToken: string): Promise<unknown> {
    const issuedAt = Math.floor(now() / 1000);
    const right: Json = {
      iss: issuer,
      sub: subject,
      aud: CLIENT.clientId,
      iat: issuedAt,
      exp: issuedAt + TOKEN_LIFE,
      nonce: request.get("nonce") ?? undefined,
      at_hash: halfHash(accessToken),
    };
    if (request.has("max_age")) right.auth_time = issuedAt;
    const signer = behavior.key ?? key;
    const claims = behavior.claims?.(right) ?? right;
    const header: CompactJWSHeaderParameters = { alg: signer.alg, kid: signer.kid };
    const signed = await signToken(claims, behavior.header?.(header) ?? header, signer.privateKey);
    return behavior.idToken ? behavior.idToken(right, signed) : signed;
  }

  function userInfo({ headers }: Recorded): [number, unknown] {
    const sub = subjects.get(/^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "");
    if (sub === undefined) return [401, { error: "invalid_token" }];
    const claims = { sub, name: "Ann", email: `${sub}@example.com`, email_verified: true };
    return [200, behavior.userInfo ? behavior.userInfo(claims) : claims];
  }

  const ANSWERS: Record<Endpoint, (request: Recorded) => Promise<[number, unknown]> | [number, unknown]> = {
    discovery: () => [200, behavior.discovery ? behavior.discovery(discovery()) : discovery()],
    jwks: () => [200, behavior.jwks ? behavior.jwks([key.publicJwk]) : { keys: [key.publicJwk] }],
    token: exchange,
    userinfo: userInfo,
  };

  return {
    issuer,
    origin,
    requests,
    /** What it does from now on, and nothing of what it did before. */
    behave(next: Behavior): void {
      behavior = next;
    },
    /** Forgets what it was told and what it was asked. */
    reset(): void {
      behavior = {};
      requests.length = 0;
    },
    /** How often an endpoint was asked. */
    count: (endpoint: Endpoint) => requests.filter((request) => request.endpoint === endpoint).length,
    /** The user agrees. @returns where the provider sends the browser: the callback with a code */
    authorize(target: string): URL {
      const { searchParams } = new URL(target);
      const code = randomUUID();
      grants.set(code, { request: searchParams, subject: behavior.subject ?? "ann", used: false });
      return callbackOf(searchParams, { code });
    },
    /** @returns where the provider sends the browser when something went wrong there */
    refuse: (target: string, fields: Record<string, string>): URL => callbackOf(new URL(target).searchParams, fields),
    /** Refuses connections while that work is done, and listens again where it was. */
    async whileDown<T>(work: () => Promise<T>): Promise<T> {
      await close(server);
      return work().finally(() => listenAt(server, Number(new URL(origin).port)));
    },
    stop: () => close(server),
  };
}

/** Rows of a table: why a row is there, and what the provider does. */
export type Rows = readonly (readonly [why: string, behavior: () => Behavior | Promise<Behavior>])[];

/** A claim in the place of the right one; `undefined` leaves it out. */
export function claim(name: string, value: unknown): Behavior {
  return { claims: (claims) => ({ ...claims, [name]: value }) };
}

/** The only algorithms that the metadata name. */
export function announcing(...algorithms: string[]): Behavior {
  return { discovery: (document) => ({ ...document, id_token_signing_alg_values_supported: algorithms }) };
}

/** The only keys that are published. */
export function publishing(...keys: object[]): Behavior {
  return { jwks: () => ({ keys }) };
}

/** One endpoint that answers in its own way. */
export function answering(endpoint: Endpoint, respond: Respond): Behavior {
  return { respond: { [endpoint]: respond } };
}

/** A server that counts who asks it. */
export async function openCanary() {
  const hits: string[] = [];
  const server = await listen((request, response) => {
    hits.push(`${request.method} ${request.url}`);
    sendJson(response, 200, {});
  });
  return { origin: originOf(server), hits, stop: () => close(server) };
}

function callbackOf(request: URLSearchParams, fields: Record<string, string>): URL {
  const callback = new URL(request.get("redirect_uri") ?? "");
  for (const [name, value] of Object.entries(fields)) callback.searchParams.set(name, value);
  callback.searchParams.set("state", request.get("state") ?? "");
  return callback;
}

/** RFC 6749 §4.1.3 and RFC 7636 §4.6: the code was not used, and whoever brings it is whoever asked for it. */
function isRightful({ request, used }: Grant, form: URLSearchParams): boolean {
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  const proved = request.get("code_challenge_method") === "S256" && request.get("code_challenge") === challenge;
  return !used && proved && form.get("redirect_uri") === request.get("redirect_uri");
}

/** RFC 6749 §2.3.1: by the body, or by Basic. */
function isOurClient({ headers, form }: Recorded): boolean {
  const basic = Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString("base64");
  const posted = form.get("client_id") === CLIENT.clientId && form.get("client_secret") === CLIENT.clientSecret;
  return posted || headers.authorization === `Basic ${basic}`;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handle);
  await listenAt(server, 0);
  return server;
}

function listenAt(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
