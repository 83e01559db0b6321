/** The real `oidc-provider` on the loopback: its keys turn, and it stops and starts again where it was. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import type { ClientMetadata, Configuration, JWK } from "oidc-provider";
import { vi } from "vitest";
import { OidcStore } from "./oidc-store.js";
import { APP } from "./test-app.js";

/** Seconds for which its access tokens are good. */
export const ACCESS_TOKEN_LIFE = 300;
/** Seconds for which a session or a refresh token is good there: longer than any test. */
const LONG = 86_400;
export const CLIENT = { clientId: "app-1", clientSecret: "client-secret-8c41d0f7a95e2b36" } as const;

export interface OidcServerOptions {
  /** Signs the ID tokens. @default "RS256" */
  alg?: "RS256" | "ES256";
  /** Answers with an old sign-in where `max_age` asks for a new one, against OpenID Connect Core §3.1.2.1. */
  ignoresMaxAge?: boolean;
  /** Where the app takes browsers back. @default both of {@link APP} */
  redirectUris?: string[];
}

/** An answer of the token endpoint. */
export interface IssuedTokens {
  access_token: string;
  id_token: string;
  refresh_token?: string;
}

const { default: Provider, interactionPolicy } = await quietly(() => import("oidc-provider"));

export type OidcServer = Awaited<ReturnType<typeof openOidcServer>>;

/** Starts a provider. Whoever gives a login is that user, with an address at example.com that counts as verified. */
export async function openOidcServer(options: OidcServerOptions = {}) {
  const store = new OidcStore();
  const people = new Map<string, Record<string, unknown>>();
  const requests: string[] = [];
  const issued: IssuedTokens[] = [];
  const failures: unknown[] = [];
  const broken = new Set<string>();
  let keys = await makeKeys();
  let provide: RequestListener;
  let server: Server;

  const listen = async (port: number): Promise<number> => {
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://host");
      requests.push(`${request.method} ${pathname}`);
      // A restart leaves no connection behind that a client still takes for alive.
      response.setHeader("connection", "close");
      if (broken.has(pathname)) response.writeHead(503).end();
      else provide(request, response);
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  const boot = async (): Promise<RequestListener> => {
    const provider = await quietly(async () => new Provider(issuer, configurationOf(options, keys, store, people)));
    provider.on("server_error", (_ctx, error) => void failures.push(error));
    provider.on("grant.success", (ctx) => void issued.push(ctx.body as IssuedTokens));
    return provider.callback();
  };

  const port = await listen(0);
  const issuer = `http://127.0.0.1:${port}`;
  provide = await boot();

  return {
    issuer,
    store,
    /** Claims of users that differ from the usual ones, by login. */
    people,
    /** Every request, as `"POST /token"`. */
    requests,
    /** Every answer of the token endpoint, in order. */
    issued,
    /** Paths that are answered with 503, before the provider sees the request. */
    broken,
    /** Faults of the provider itself. */
    failures,
    /** Signs with new keys from now on; the old ones are gone. */
    async rotateKeys(): Promise<void> {
      keys = await makeKeys();
      provide = await boot();
    },
    /** Makes every sign-in at the provider older. */
    ageSignIns(seconds: number): void {
      store.change("Session", (session) => {
        if (session.loginTs !== undefined) session.loginTs -= seconds;
      });
    },
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    /** Starts it again where it was, as a new process would: nothing is left but what is stored. */
    async start(): Promise<void> {
      provide = await boot();
      await listen(port);
    },
  };
}

async function makeKeys(): Promise<JWK[]> {
  const make = async (alg: "RS256" | "ES256") => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), alg, use: "sig" } as JWK;
  };
  return [await make("RS256"), await make("ES256")];
}

function configurationOf(
  { alg = "RS256", ignoresMaxAge = false, redirectUris = defaultRedirectUris() }: OidcServerOptions,
  keys: JWK[],
  store: OidcStore,
  people: ReadonlyMap<string, object>,
): Configuration {
  const policy = interactionPolicy.base();
  if (ignoresMaxAge) policy.get("login")?.checks.remove("max_age");
  const client: ClientMetadata = {
    client_id: CLIENT.clientId,
    client_secret: CLIENT.clientSecret,
    redirect_uris: redirectUris,
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "client_secret_post",
    id_token_signed_response_alg: alg,
  };
  return {
    adapter: (model) => store.rowsOf(model),
    clients: [client],
    jwks: { keys },
    cookies: { keys: ["a key that a restart does not change"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "picture"] },
    findAccount: (_ctx, login) => ({
      accountId: login,
      claims: () => ({ ...usualClaims(login), ...people.get(login), sub: login }),
    }),
    interactions: { policy },
    features: { devInteractions: { enabled: true } },
    rotateRefreshToken: true,
    // Each that is left to its default says so on the console.
    ttl: {
      AccessToken: ACCESS_TOKEN_LIFE,
      AuthorizationCode: 60,
      IdToken: 3600,
      ...{ Grant: LONG, Interaction: LONG, RefreshToken: LONG, Session: LONG },
    },
    renderError(ctx, { error, error_description }) {
      ctx.type = "text/plain";
      ctx.body = `${error}: ${error_description}`;
    },
  };
}

function defaultRedirectUris(): string[] {
  return ["oidc", "second"].map((id) => `${APP}/auth/callback/${id}`);
}

function usualClaims(login: string) {
  return {
    email: `${login}@example.com`,
    email_verified: true,
    name: `${login[0]?.toUpperCase()}${login.slice(1)}`,
    picture: `https://pictures.test/${login}.png`,
  };
}

/** No setting turns off what the package says of Node 20, and of its pages for development. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  return work().finally(() => warn.mockRestore());
}
