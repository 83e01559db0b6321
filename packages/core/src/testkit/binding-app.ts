/** The app behind a binding under test: its auth, its clock, its database and ways of asking it. */
import { type Auth, createAuth } from "../auth.js";
import type { Adapter } from "../contracts/adapter.js";
import type { AuthConfig } from "../contracts/options.js";
import type { Provider, ProviderStep } from "../contracts/provider.js";
import type { AuthError, AuthErrorCode } from "../errors.js";
import { memoryAdapter } from "../memory/index.js";
import { expect } from "./runner.js";

/** A server under test. */
export interface BindingServer {
  /** `http://127.0.0.1:port`, as small as a URL can be. */
  origin: string;
  close(): Promise<void>;
}

/**
 * Starts a real server on 127.0.0.1, port 0, in which the binding under test serves `auth`, and these routes of the app:
 *
 * - `GET /me`, guarded as an API: JSON `{ session }`
 * - `GET /page`, guarded as a page: any text
 * - `GET /public`, open, behind what reads and renews sessions: sets the cookie `app=1` by the framework's own means
 * - `GET /authors`, open: the text `authors`
 * - `POST /echo`, guarded: the body as it came in
 */
export type Listen = (auth: Auth) => Promise<BindingServer>;

/** `"jwt"` has no adapter, `"database"` has one in memory. */
export type SuiteStrategy = "jwt" | "database";

/** One running server and what the tests turn and read. */
export interface BindingApp {
  origin: string;
  auth: Auth;
  /** Moves the clock of the auth. */
  passSeconds(seconds: number): void;
  /** While true, every call of the adapter fails. */
  database: { isDown: boolean };
  /** What reached the provider of `POST /signin/test`. */
  steps: ProviderStep[];
  /** Starts a session. @returns its `Cookie` header */
  signIn(): Promise<string>;
  /** Asks without following redirects. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** Makes a test of a function that gets a running app. */
export type On = (run: (app: BindingApp) => Promise<void>) => () => Promise<void>;

/** Seconds after which the suite's sessions are due for renewal. */
export const RENEW_EVERY = 60;
const START = Date.UTC(2030, 0, 1);
const USER = { id: "user-1", email: "ada@example.com", name: "Ada" };

/** What the tests bring about on purpose. */
const EXPECTED_ERRORS: readonly AuthErrorCode[] = ["unavailable", "adapter_required"];

/** Starts the app, runs one test on it and closes it. What is reported as an error of our own fails the test. */
export async function withApp(
  listen: Listen,
  strategy: SuiteStrategy,
  run: (app: BindingApp) => Promise<void>,
): Promise<void> {
  const errors: AuthError[] = [];
  const steps: ProviderStep[] = [];
  const database = { isDown: false };
  const adapter = strategy === "database" ? breakable(memoryAdapter(), database) : null;
  let now = START;

  const auth = createAuth({
    ...CONFIG,
    ...(adapter && { adapter }),
    provider: recordingProvider(steps),
    clock: () => now,
    hooks: { onError: (error) => void errors.push(error) },
  });
  await adapter?.createUser({ ...USER, createdAt: new Date(now), updatedAt: new Date(now) });
  const server = await listen(auth);
  try {
    await run({
      origin: server.origin,
      auth,
      passSeconds: (seconds) => {
        now += seconds * 1000;
      },
      database,
      steps,
      signIn: async () => cookiePair((await auth.sessions.createSession(USER, { headers: new Headers() })).cookie),
      ask: (path, init) => fetch(server.origin + path, { redirect: "manual", ...init }),
    });
  } finally {
    await server.close();
  }
  expect(errors.filter(({ code }) => !EXPECTED_ERRORS.includes(code))).toEqual([]);
}

const CONFIG = {
  secret: "a secret for tests that is long enough to sign with",
  session: { expiresIn: "1h", renewEvery: RENEW_EVERY },
} as const satisfies AuthConfig;

/** `name=value` of a `Set-Cookie` value, as the browser sends it back. */
export function cookiePair(setCookie: string): string {
  return setCookie.split(";", 1)[0] ?? "";
}

/** Takes any sign-in, and keeps what it was given. */
function recordingProvider(steps: ProviderStep[]): Provider {
  return {
    id: "test",
    type: "test",
    needsAdapter: false,
    routes: {
      "POST /signin/test": async (step) => {
        steps.push(step);
        const identity = { provider: "test", providerAccountId: USER.id, userId: USER.id };
        return { kind: "identity", identity, isNewUser: false };
      },
    },
  };
}

function breakable(adapter: Adapter, database: { isDown: boolean }): Adapter {
  return new Proxy(adapter, {
    get(target, name: keyof Adapter) {
      const method = target[name].bind(target) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) =>
        database.isDown ? Promise.reject(new Error("connection refused")) : method(...args);
    },
  });
}
