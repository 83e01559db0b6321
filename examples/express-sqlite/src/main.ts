/** Starts the example: settings, database, port, provider, sessions, app; and closes them in turn. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type Auth, createAuth, isAuthError, type Provider } from "@latchkey/core";
import { password } from "@latchkey/providers";
import { oidc } from "@latchkey/providers/oauth";
import { createApp } from "./app.js";
import { type Database, openDatabase } from "./database.js";
import type { IdentityProvider } from "./identity-provider/server.js";
import { openBrowser } from "./open-browser.js";
import { keptSecret } from "./secret.js";
import { readSettings, type Settings, SettingsError } from "./settings.js";

/** Reachable from this machine alone. */
const HOST = "127.0.0.1";
/** The provider that `--oidc` starts beside the app. */
const EXAMPLE_ID = { id: "oidc", name: "Example ID", icon: "/example-id.svg" };

try {
  await start(readSettings(process.argv.slice(2), process.env));
} catch (error) {
  const isPlain = error instanceof SettingsError || isAuthError(error, "config_invalid");
  console.error(isPlain ? error.message : error);
  process.exit(1);
}

async function start(settings: Settings): Promise<void> {
  const database = await openDatabase(settings);
  const server = createServer();
  const address = `http://${HOST}:${await listen(server, settings.port)}`;
  const identityProvider = settings.oidc ? await startIdentityProvider(address) : null;
  const auth = createExampleAuth(settings, database, address, identityProvider);
  const providers = identityProvider === null ? [] : [{ ...EXAMPLE_ID, origin: identityProvider.issuer }];
  server.on("request", createApp({ auth, providers, origin: address }));
  await auth.check();
  await auth.sessions.deleteExpired();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => close(server, database, identityProvider));

  console.log(`Latchkey example: ${address}`);
  if (process.stdout.isTTY) openBrowser(address);
}

function createExampleAuth(
  { strategy, databaseFile }: Settings,
  { adapter }: Database,
  address: string,
  identityProvider: IdentityProvider | null,
): Auth {
  const { port } = new URL(address);
  return createAuth({
    secret: process.env.AUTH_SECRET || keptSecret(path.join(path.dirname(databaseFile), "secret")),
    adapter,
    providers: [
      password({ blockedWords: ["latchkey"] }),
      ...(identityProvider === null ? [] : [exampleId(identityProvider)]),
    ],
    // Every minute, for a list of devices that knows who was active just now; the price is a write a minute for each of them.
    session: { strategy, renewEvery: "1m" },
    baseUrl: address,
    // The same app by its other name.
    trustedOrigins: [`http://localhost:${port}`],
  });
}

/** Loads the provider's package only where it is asked for. */
async function startIdentityProvider(origin: string): Promise<IdentityProvider> {
  const identityProvider = await import("./identity-provider/server.js");
  const redirectUri = `${origin}/auth/callback/${EXAMPLE_ID.id}`;
  return identityProvider.startIdentityProvider({ name: "the Latchkey example", origin, redirectUri });
}

function exampleId({ issuer, clientId, clientSecret }: IdentityProvider): Provider {
  const { id, name } = EXAMPLE_ID;
  return oidc({
    ...{ id, name, issuer, clientId, clientSecret },
    // So that one browser can be many people here. An app in the field leaves it out.
    authorizationParams: { prompt: "login" },
  });
}

/** @returns the port, which the system chose if `wanted` is 0. @throws SettingsError when it is taken */
async function listen(server: Server, wanted: number): Promise<number> {
  try {
    await once(server.listen(wanted, HOST), "listening");
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")) throw cause;
    throw new SettingsError(
      `Port ${wanted} is taken by another program. Set PORT to another number, or to 0 for any free port.`,
      { cause },
    );
  }
  return (server.address() as AddressInfo).port;
}

/** Lets requests that are under way finish; a second signal does not wait for them. */
function close(server: Server, database: Database, identityProvider: IdentityProvider | null): void {
  identityProvider?.close();
  server.close(() => void database.close());
}
