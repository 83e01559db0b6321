/** The app that the seed documents describe: a small provider named google, a clock that tests own, and an adapter that is watched. */
import {
  type Adapter,
  type Auth,
  type AuthConfig,
  AuthError,
  createAuth,
  type Identity,
  type Provider,
  type SessionOptions,
  type SessionUser,
} from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";

export const SECRET = "kR8v2Qm1Zt6Yx0Wp4Ls9Hd3Jf7Gn5Bc2";
export const OTHER_SECRET = "Wq3Zp8Tn5Lx1Vb6Ky0Rj4Mc9Sd2Hf7Gu";
export const ORIGIN = "https://app.example";
/** The instant that S0 prints as `iat`: 1709589600, in milliseconds. */
export const START = 1_709_589_600_000;
/** Seconds. */
export const HOUR = 3600;
export const DAY = 24 * HOUR;

export const JOHN = {
  id: "user-123",
  email: "user@example.com",
  name: "John Doe",
  picture: "https://img.example/john.png",
} as const satisfies SessionUser;

/** What `google` says of whoever comes with the right code. */
export const PROFILE = {
  providerAccountId: "google-9042",
  email: JOHN.email,
  emailVerified: true,
  name: JOHN.name,
  picture: JOHN.picture,
} as const;

/**
 * A provider in three lines, in place of `@latchkey/providers`: the code in the callback is the proof. The callback of a real
 * one is an exchange with the other side; what the engine makes of its identity is the same.
 */
export function google(profile: Partial<Identity> = {}): Provider {
  return provider("google", "oauth", profile);
}

export function provider(id: string, type: string, profile: Partial<Identity> = {}): Provider {
  return {
    id,
    type,
    needsAdapter: false,
    routes: {
      [`GET /callback/${id}`]: async ({ request }) => {
        if (new URL(request.url).searchParams.get("code") !== "right")
          throw new AuthError("invalid_credentials", "a code from somewhere else");
        return { kind: "identity", isNewUser: false, identity: { ...PROFILE, ...profile, provider: id } };
      },
    },
  };
}

/** One way of keeping sessions that the engine offers. */
export interface Setting {
  name: string;
  stateful: boolean;
  session: SessionOptions;
}

const HOST_PREFIX = { cookieOptions: { prefix: "host" } } as const;

/** The default of each strategy, and beside it what R-C1 and R-C10 ask for. */
export const SETTINGS: readonly Setting[] = [
  { name: "jwt", stateful: false, session: {} },
  { name: "jwt, encrypted, __Host-", stateful: false, session: { encrypt: true, ...HOST_PREFIX } },
  { name: "jwt with rows", stateful: true, session: { strategy: "jwt" } },
  {
    name: "jwt with rows, encrypted, __Host-",
    stateful: true,
    session: { strategy: "jwt", encrypt: true, ...HOST_PREFIX },
  },
  { name: "database", stateful: true, session: {} },
  { name: "database, __Host-", stateful: true, session: HOST_PREFIX },
];
export const STATEFUL = SETTINGS.filter(({ stateful }) => stateful);
export const [JWT, , JWT_WITH_ROW, , DATABASE] = SETTINGS as readonly [Setting, Setting, Setting, Setting, Setting];

export interface AdapterCall {
  method: string;
  args: unknown[];
}

/** The same adapter, with a list of what it was asked. */
function watched(adapter: Adapter, calls: AdapterCall[]): Adapter {
  return new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => {
        calls.push({ method: String(name), args });
        return method.apply(target, args);
      };
    },
  });
}

export type App = ReturnType<typeof openApp>;

export function openApp(setting: Setting = JWT, config: Partial<AuthConfig> = {}) {
  const clock = {
    now: START,
    advance(seconds: number) {
      clock.now += seconds * 1000;
    },
  };
  const calls: AdapterCall[] = [];
  const adapter = watched(memoryAdapter(), calls);
  const complete: AuthConfig = {
    secret: SECRET,
    provider: google(),
    clock: () => clock.now,
    ...(setting.stateful && { adapter }),
    ...config,
    session: { ...setting.session, ...config.session },
  };
  const auth: Auth = createAuth(complete);
  return { auth, config: complete, clock, adapter, calls, signIn: () => signIn(auth) };
}

/** John as a row of the database. */
export const JOHNS_ROW = { ...JOHN, createdAt: new Date(START), updatedAt: new Date(START) };

/** An app whose database knows John. */
export async function appOfJohn(setting: Setting, config: Partial<AuthConfig> = {}): Promise<App> {
  const app = openApp(setting, config);
  await app.adapter.createUser(JOHNS_ROW);
  app.calls.length = 0;
  return app;
}

/** A session of John's and the request that carries it. */
export async function sessionOfJohn({ auth }: App, headers: Record<string, string> = {}) {
  const created = await auth.sessions.createSession(JOHN.id, ask(undefined, "/", { headers }));
  return { ...created, request: ask(cookiePair(created.cookie)) };
}

/** Comes back from google with the right code. @returns the `Cookie` header that this browser sends from then on */
export async function signIn(auth: Auth, headers: Record<string, string> = {}, id = "google"): Promise<string> {
  const answer = await auth.handler(callback(headers, id));
  const location = answer.headers.get("location") ?? "";
  if (answer.status !== 303 || location.includes("error=")) throw new Error(`the sign-in led to ${location}`);
  return cookiePair(answer.headers.getSetCookie()[0]);
}

/** The request by which the browser comes back from the provider. */
export function callback(headers: Record<string, string> = {}, id = "google"): Request {
  return new Request(`${ORIGIN}/auth/callback/${id}?code=right`, { headers });
}

/** A request to a page of the app, or with a path to another place in it. */
export function ask(cookie?: string, path = "/dashboard", init: RequestInit = {}): Request {
  const headers = new Headers(init.headers);
  if (cookie !== undefined) headers.set("cookie", cookie);
  return new Request(ORIGIN + path, { ...init, headers });
}

/** `"name=value"` of a `Set-Cookie` value. */
export function cookiePair(setCookie = ""): string {
  return setCookie.split(";", 1)[0] ?? "";
}

export function tokenOf(setCookie = ""): string {
  const pair = cookiePair(setCookie);
  return pair.slice(pair.indexOf("=") + 1);
}

/** The parts of a `Set-Cookie` value, sorted: their order says nothing. */
export function cookieParts(setCookie: string): string[] {
  return setCookie.split("; ").sort();
}

export function maxAgeOf(setCookie: string): number {
  return Number(/; Max-Age=(\d+)/.exec(setCookie)?.[1] ?? Number.NaN);
}

/** Claims of a signed token, read without this SDK. */
export function payloadOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

/** A token that somebody else made with `secret` over these very texts, by Node's HMAC. */
export async function handMade(payload: object, secret = SECRET, header: object = { alg: "HS256", typ: "JWT" }) {
  const { createHmac } = await import("node:crypto");
  const input = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}
