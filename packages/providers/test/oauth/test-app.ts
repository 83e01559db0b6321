/** An app with OAuth providers, the browsers of its users, and what a sign-in there may come to. */
import { type Adapter, type AuthConfig, type AuthError, createAuth, createId } from "@latchkey/core";
import { memoryAdapter } from "@latchkey/core/memory";
import { expect } from "vitest";
import { oidc } from "../../src/oauth/index.js";
import { CLIENT, type HostileProvider } from "./hostile-provider.js";

export const APP = "https://app.test";
/** 2026-01-01T00:00:00Z: far from the machine's own clock, so that a check by that one shows. */
export const START = Date.UTC(2026, 0, 1);
const SESSION_COOKIE = "auth-session";
const SECRET = "oauth-test-secret-5b0e2d81f7c94a36";

/** What puts somebody or something into the database. */
const WRITES = new Set([
  "createUser",
  "createUserWithAccount",
  "updateUser",
  "createSession",
  "createAccount",
  "updateAccount",
  "replacePassword",
  "proveEmail",
]);

export type App = ReturnType<typeof openApp>;
export type Browser = ReturnType<App["browser"]>;

/** The time that an app and its providers share. */
export interface Clock {
  now: number;
}

/** Rejections that nobody handled, in this process. */
const rejections: unknown[] = [];
process.on("unhandledRejection", (reason) => void rejections.push(reason));

/** For `afterEach`. */
export async function expectNoRejections(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  expect(rejections.splice(0)).toEqual([]);
}

/** A provider of the app: the hostile one, by discovery. */
export function providerOf({ issuer }: HostileProvider, options: Partial<Parameters<typeof oidc>[0]> = {}) {
  return oidc({ issuer, ...CLIENT, ...options });
}

/** One process of the app. @param config `adapter: undefined` for an app without a database */
export function openApp(clock: Clock, providers: AuthConfig["providers"], config: Partial<AuthConfig> = {}) {
  const written: string[] = [];
  const errors: AuthError[] = [];
  const failures: unknown[] = [];
  const inner = config.adapter ?? memoryAdapter();
  const hasAdapter = !("adapter" in config) || config.adapter !== undefined;
  const auth = createAuth({
    secret: SECRET,
    baseUrl: APP,
    trustedOrigins: ["https://admin.example.com"],
    providers: providers ?? [],
    clock: () => clock.now,
    hooks: {
      onError: (error) => void errors.push(error),
      onSignInFailed: (event) => void failures.push(event),
    },
    ...config,
    ...(hasAdapter && { adapter: recording(inner, written) }),
  });
  return {
    auth,
    /** Past the recording. */
    adapter: inner,
    /** Methods of the adapter that wrote, in order. */
    written,
    errors,
    failures,
    browser: () => openBrowser(auth),
    /** A user of the app who is signed in there by other means. */
    async signedIn(browser: ReturnType<typeof openBrowser>): Promise<string> {
      const dates = { createdAt: new Date(clock.now), updatedAt: new Date(clock.now) };
      const { id } = await inner.createUser({ id: createId(), ...dates });
      const { cookie } = await auth.sessions.createSession(id, new Request(APP));
      browser.keep(cookie);
      written.length = 0;
      return id;
    },
  };
}

function openBrowser(auth: { handler(request: Request): Promise<Response> }) {
  const cookies = new Map<string, string>();
  const keep = (line: string): void => {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0\b/i.test(line)) cookies.delete(name);
    else cookies.set(name, value);
  };
  const request = async (target: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set("cookie", [...cookies].map((cookie) => cookie.join("=")).join("; "));
    const url = target.startsWith("/") ? `${APP}/auth${target}` : target;
    const answer = await auth.handler(new Request(url, { ...init, headers }));
    for (const line of answer.headers.getSetCookie()) keep(line);
    return answer;
  };
  return {
    /** By name. */
    cookies,
    /** Takes a `Set-Cookie`. */
    keep,
    request,
    /** Navigates: to a callback from the provider's page, to everything else from the app's own. */
    get: (target: string, method = "GET") => {
      const site = target.includes("/callback/") ? "cross-site" : "same-origin";
      return request(target, { method, headers: { "sec-fetch-site": site, "sec-fetch-mode": "navigate" } });
    },
    /** Sends JSON from the app's own page. */
    post: (target: string, fields: object = {}) => {
      const headers = { origin: APP, "content-type": "application/json" };
      return request(target, { method: "POST", body: JSON.stringify(fields), headers });
    },
    /** Sends a form of the app's own page. */
    submit: (target: string, fields: Record<string, string>) =>
      request(target, { method: "POST", body: new URLSearchParams(fields), headers: { origin: APP } }),
  };
}

/** Where an answer leads; empty when it leads nowhere. */
export function locationOf(answer: Response): string {
  return answer.headers.get("location") ?? "";
}

/** Whether an answer sends the browser to a provider's own page. */
export function leadsTo({ issuer }: HostileProvider, answer: Response): boolean {
  return locationOf(answer).startsWith(`${issuer}/authorize?`);
}

/** Starts a sign-in. @returns where the provider's page is */
export async function begin(browser: Browser, id = "oidc", query = ""): Promise<string> {
  const answer = await browser.get(`/signin/${id}${query}`);
  expect(answer.status, locationOf(answer)).toBe(303);
  expect(sessionCookies(answer)).toEqual([]);
  return locationOf(answer);
}

/** The one cookie that this browser has. */
export function attemptCookie({ cookies }: Browser): [name: string, value: string] {
  const [cookie, ...more] = cookies;
  expect(more).toEqual([]);
  return cookie ?? ["", ""];
}

/** The address with another query. */
export function changed(url: URL, change: (query: URLSearchParams) => void): string {
  const copy = new URL(url);
  change(copy.searchParams);
  return copy.href;
}

/** Gives a parameter twice, this value first. */
export function putFirst(query: URLSearchParams, name: string, value: string): void {
  const rest = query.getAll(name);
  query.set(name, value);
  for (const one of rest) query.append(name, one);
}

/** Signs in as a user would. @returns the last answer: of the callback, or of the start where it leads not to the provider */
export async function signIn(browser: Browser, provider: HostileProvider, id = "oidc"): Promise<Response> {
  const begun = await browser.get(`/signin/${id}`);
  return leadsTo(provider, begun) ? browser.get(provider.authorize(locationOf(begun)).href) : begun;
}

/** Values of `Set-Cookie` that put a session into the browser. */
export function sessionCookies(answer: Response): string[] {
  const lines = answer.headers.getSetCookie();
  return lines.filter((line) => line.startsWith(`${SESSION_COOKIE}=`) && !/max-age=0\b/i.test(line));
}

/** Back on the sign-in page with this code; nobody is signed in, nothing is kept, and nothing broke. */
export function expectRefused(app: App, answer: Response, code: string, why?: string): void {
  const { origin, pathname, searchParams } = new URL(locationOf(answer) || "/nowhere", APP);
  const outcome = { status: answer.status, origin, pathname, error: searchParams.get("error") };
  expect(outcome, why).toEqual({ status: 303, origin: APP, pathname: "/login", error: code });
  expect(answer.headers.get("cache-control"), why).toBe("no-store");
  expectNothing(app, answer, why);
}

/** Nobody is signed in, nothing is kept and nothing broke, whatever the answer is. */
export function expectNothing(app: App, answer: Response, why?: string): void {
  expect(sessionCookies(answer), why).toEqual([]);
  expect(app.written, why).toEqual([]);
  expect(faultsOf(app), why).toEqual([]);
}

/** Errors that are a fault of ours: all but a provider that cannot be reached. */
export function faultsOf({ errors }: App): string[] {
  const faults = errors.filter(({ code }) => code !== "provider_unavailable");
  return faults.map(({ code, message }) => `${code}: ${message}`);
}

/** On the page that was asked for, with one session, and without the cookie of this attempt. */
export function expectSignedIn(app: App, answer: Response, page = "/"): void {
  expect({ status: answer.status, location: locationOf(answer) }).toEqual({ status: 303, location: page });
  expect(sessionCookies(answer)).toHaveLength(1);
  expect(answer.headers.getSetCookie().filter((line) => /max-age=0\b/i.test(line))).toHaveLength(1);
  expect(faultsOf(app)).toEqual([]);
}

/** The adapter, with what it wrote written down. */
function recording(adapter: Adapter, written: string[]): Adapter {
  return new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      if (!WRITES.has(String(name))) return method.bind(target);
      return async (...args: unknown[]) => {
        const result: unknown = await method.apply(target, args);
        written.push(String(name));
        return result;
      };
    },
  });
}
