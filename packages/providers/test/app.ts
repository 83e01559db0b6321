/** An app with `password()`, asked as clients ask it. */
import { type Adapter, type AuthConfig, createAuth } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { type PasswordOptions, password } from "../src/index.js";

export const PASSWORD = "correct horse battery";
export const EMAIL = "ann@example.com";
/** 2026-01-01T00:00:00Z */
const START = Date.UTC(2026, 0, 1);

interface TestAppOptions {
  adapter?: Adapter;
  password?: PasswordOptions;
  config?: Partial<AuthConfig>;
}

interface Sender {
  cookie?: string;
  ip?: string;
}

/** One instance; several on one adapter are several processes in all that the adapter sees. */
export function openApp(options: TestAppOptions = {}) {
  const clock = { now: START };
  const adapter = options.adapter ?? memoryAdapter();
  const auth = createAuth({
    secret: "test-secret-9d1f7c0b5a3e8642f1d0",
    provider: password(options.password),
    adapter,
    clock: () => clock.now,
    ...options.config,
  });
  const send = (path: string, body: string, { cookie, ip = "192.0.2.1" }: Sender = {}) => {
    const headers = { "content-type": "application/json", ...(cookie && { cookie }) };
    const request = new Request(`https://app.test/auth${path}`, { method: "POST", body, headers });
    return auth.handler(request, { ipAddress: ip });
  };
  const post = (path: string, fields: unknown, sender?: Sender) => send(path, JSON.stringify(fields), sender);
  return {
    auth,
    adapter,
    clock,
    send,
    post,
    signUp: (fields: object = {}, sender?: Sender) =>
      post("/signup", { email: EMAIL, password: PASSWORD, ...fields }, sender),
    signIn: (fields: object = {}, sender?: Sender) =>
      post("/signin/password", { email: EMAIL, password: PASSWORD, ...fields }, sender),
  };
}

/** The `Cookie` header that a browser sends after this answer. */
export function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
}

/** Status and code: `"401 invalid_credentials"`, or `"200"`. */
export async function outcomeOf(answer: Response): Promise<string> {
  const body = (await answer.json()) as { error?: { code: string } | string };
  const code = typeof body.error === "object" ? ` ${body.error.code}` : "";
  return answer.status + code;
}

/** How often each outcome came. */
export async function outcomesOf(answers: readonly Response[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const outcome = await outcomeOf(answer);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Asks `count` times at once. */
export function atOnce(count: number, ask: (index: number) => Promise<Response>): Promise<Response[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
}

/** The adapter, with the names of the methods that were called. */
export function recording(adapter: Adapter): { adapter: Adapter; calls: string[] } {
  const calls: string[] = [];
  const recorded = new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => {
        calls.push(String(name));
        return method.apply(target, args);
      };
    },
  });
  return { adapter: recorded, calls };
}

/** The adapter, where something else happens before one of its calls, as it can between two requests on one database. */
export function interruptible(adapter: Adapter) {
  const waiting = new Map<PropertyKey, () => Promise<unknown>>();
  const interrupted = new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        const happen = waiting.get(name);
        waiting.delete(name);
        await happen?.();
        return method.apply(target, args);
      };
    },
  });
  return {
    adapter: interrupted,
    /** Once, before the next call of the method. */
    interrupt: (method: keyof Adapter, happen: () => Promise<unknown>) => void waiting.set(method, happen),
  };
}

/** The account of the user with this address. */
export async function accountOf(adapter: Adapter, email = EMAIL) {
  const user = await adapter.getUserByEmail(email);
  if (user === null) throw new Error(`no user ${email}`);
  const account = await adapter.getAccount({ provider: "password", providerAccountId: user.id });
  if (account === null) throw new Error(`no account of ${email}`);
  return { user, account };
}

/** The adapter, where one method fails as a lost connection does, while `isDown` says so. */
export function failing(adapter: Adapter, method: keyof Adapter, isDown: () => boolean): Adapter {
  const call = adapter[method].bind(adapter) as (...args: unknown[]) => Promise<unknown>;
  return new Proxy(adapter, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (name !== method) return member.bind(target);
      return (...args: unknown[]) => (isDown() ? Promise.reject(new Error("connection lost")) : call(...args));
    },
  });
}

/** Silences what these tests provoke. */
export const quiet = { hooks: { onError: () => {} } };
