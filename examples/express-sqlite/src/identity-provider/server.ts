/** An OpenID provider beside the app, to see what it is to sign in with somebody else. Everything of it is made anew at each start. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { type ClientMetadata, type Configuration, type JWK, Provider } from "oidc-provider";
import { publicFiles } from "../public-files.js";
import { securityHeaders } from "../security-headers.js";
import { interactionRoutes } from "./interactions.js";
import { overPage } from "./pages.js";
import { emailOf, nameOf } from "./person.js";
import { createStore } from "./store.js";

/** Reachable from this machine alone. */
const HOST = "127.0.0.1";

/** The app, as the provider knows it. */
export interface Registration {
  /** Shown to users. */
  name: string;
  origin: string;
  redirectUri: string;
}

/** What the app has to know of the provider. */
export interface IdentityProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  close(): void;
}

/** Starts the provider on a free port of 127.0.0.1. */
export async function startIdentityProvider({ name, origin, redirectUri }: Registration): Promise<IdentityProvider> {
  const server = createServer();
  await once(server.listen(0, HOST), "listening");
  const issuer = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  const client = { client_id: "latchkey-example", client_secret: randomBytes(32).toString("base64url") };
  const provider = new Provider(issuer, configurationFor({ ...client, redirect_uris: [redirectUri] }));

  const app = express();
  app.disable("x-powered-by");
  // The last of its redirects leads back to the app.
  app.use(securityHeaders([origin]));
  app.use(publicFiles());
  app.get("/", (_req, res) => res.redirect(origin));
  app.use(interactionRoutes(provider, name));
  app.use(provider.callback());
  server.on("request", app);
  return { issuer, clientId: client.client_id, clientSecret: client.client_secret, close: () => void server.close() };
}

function configurationFor(client: ClientMetadata): Configuration {
  return {
    adapter: createStore,
    clients: [{ ...client, token_endpoint_auth_method: "client_secret_post", id_token_signed_response_alg: "ES256" }],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_ctx, subject) => ({ accountId: subject, claims: () => claimsOf(subject) }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    features: { devInteractions: { enabled: false } },
    renderError(ctx) {
      ctx.type = "html";
      ctx.body = overPage().text;
    },
    // Seconds. The package asks for each of them to be decided.
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 3600, IdToken: 600, Interaction: 600, Session: 3600 },
  };
}

function claimsOf(subject: string) {
  const email = emailOf(subject);
  return { sub: subject, email, email_verified: true, name: nameOf(email) };
}

function signingKey(): JWK {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig" } as JWK;
}
