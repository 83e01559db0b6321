/** An app over the engine, asked as clients ask it, and the people who sign in to it. */
import { type Adapter, type AuthConfig, createAuth, createId, type SessionOptions } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { password } from "@latchkey/providers";

export const SECRET = "nR7xq2LwB9tVc4Yh6Kp0sZd3Gm8Jf5Ua";
export const ORIGIN = "https://app.test";
export const PASSWORD = "correct horse battery";
export const NEW_PASSWORD = "staple the battery horse";
/** 2026-01-01T00:00:00Z */
const START = Date.UTC(2026, 0, 1);
export const DAY_MS = 86_400_000;

/** The ways in which sessions are kept; each race and each fault has to come out the same in all of them. */
export const STRATEGIES = {
  jwt: { strategy: "jwt" },
  database: { strategy: "database" },
  "encrypted jwt": { strategy: "jwt", encrypt: true },
} as const satisfies Record<string, SessionOptions>;

export type StrategyName = keyof typeof STRATEGIES;

/** The weakest cost that is accepted: what a hash costs is not what is tested here. */
export const weakPassword = () => password({ argon2: { memoryCost: 7168, timeCost: 5 } });

export interface AppOptions {
  adapter: Adapter;
  session?: SessionOptions;
  /** Milliseconds that pass at each look at the clock. @default 0 */
  tick?: number;
  /** One provider for several apps saves its decoy hash. @default one of its own, as each process has */
  provider?: AuthConfig["provider"];
  config?: Partial<AuthConfig>;
}

export interface Sending {
  cookie?: string | undefined;
  json?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

export type App = ReturnType<typeof openApp>;

export function openApp({ adapter, session = {}, tick = 0, provider = weakPassword(), config = {} }: AppOptions) {
  const time = { now: START };
  const clock = () => {
    time.now += tick;
    return time.now;
  };
  const auth = createAuth({ secret: SECRET, provider, adapter, session, clock, ...config });
  return {
    auth,
    adapter,
    time,
    /** @param route such as `"POST /signout"` */
    ask: (route: string, sending?: Sending) => auth.handler(requestFor(route, sending)),
    /** Starts a session as the app's own code does, without a password. @returns the `Cookie` header */
    async start(user: Person, cookie?: string): Promise<string> {
      const { cookie: setCookie } = await auth.sessions.createSession(user.id, requestFor("POST /signin", { cookie }));
      return pairOf(setCookie);
    },
    isSignedIn: async (cookie: string) => (await auth.getSession(requestFor("GET /session", { cookie }))) !== null,
  };
}

/** @param route Method and path under the base path */
export function requestFor(route: string, { cookie, json, form, headers: extra }: Sending = {}): Request {
  const [method = "", path = ""] = route.split(" ");
  const headers = new Headers(extra);
  if (cookie !== undefined) headers.set("cookie", cookie);
  if (json !== undefined) headers.set("content-type", "application/json");
  const body = json === undefined ? form && new URLSearchParams(form) : JSON.stringify(json);
  return new Request(`${ORIGIN}/auth${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
}

export interface Person {
  id: string;
  email: string;
}

/** Adds somebody with {@link PASSWORD}, whose hash is made once. */
export async function addPerson(adapter: Adapter, fields: { disabledAt?: Date } = {}): Promise<Person> {
  const id = createId();
  const dates = { createdAt: new Date(START), updatedAt: new Date(START) };
  const email = `${id.toLowerCase()}@example.com`;
  const account = { id: createId(), userId: id, provider: "password", providerAccountId: id, ...dates };
  await adapter.createUserWithAccount(
    { id, email, name: "Ann", ...dates, ...fields },
    { ...account, passwordHash: await hashOfPassword() },
  );
  return { id, email };
}

let knownHash: Promise<string> | undefined;

/** A hash as the provider itself makes it at a sign-up. */
function hashOfPassword(): Promise<string> {
  knownHash ??= (async () => {
    const app = openApp({ adapter: memoryAdapter() });
    const answer = await app.ask("POST /signup", { json: { email: "ann@example.com", password: PASSWORD } });
    const { session } = (await answer.json()) as { session: { user: { id: string } } };
    const account = await app.adapter.getAccount({ provider: "password", providerAccountId: session.user.id });
    return account?.passwordHash as string;
  })();
  return knownHash;
}

/** `name=value` of a `Set-Cookie` header, as the client sends it back. */
export function pairOf(setCookie: string): string {
  return setCookie.split(";", 1)[0] as string;
}

/** The session cookies that an answer sets, as a client would send them back; clearing ones are not among them. */
export function cookiesOf(answer: Response): string[] {
  return answer.headers
    .getSetCookie()
    .map(pairOf)
    .filter((pair) => !pair.endsWith("="));
}

/** The one cookie of an answer that must have one. */
export function cookieOf(answer: Response): string {
  const [cookie, ...more] = cookiesOf(answer);
  if (cookie === undefined || more.length > 0) throw new Error(`${more.length} cookies where one belongs`);
  return cookie;
}

/** Status and code: `"401 invalid_credentials"`, or `"200"`. */
export async function outcomeOf(answer: Response): Promise<string> {
  const body: unknown = await answer.clone().json();
  const { error } = body as { error?: { code: string } | string };
  return typeof error === "object" ? `${answer.status} ${error.code}` : `${answer.status}`;
}

/** How often each outcome came. */
export async function outcomesOf(answers: readonly Response[]): Promise<Record<string, number>> {
  return countsOf(await Promise.all(answers.map(outcomeOf)));
}

export function countsOf(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** Does something many times at once. */
export function atOnce<T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => run(index)));
}
