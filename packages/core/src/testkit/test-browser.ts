/** A browser for the suites: it has cookies, and nothing else. */
import type { Auth } from "../auth.js";
import { DEFAULTS } from "../defaults.js";

/** Where the app of a suite is. */
export const APP_ORIGIN = "https://app.test";

/** A browser with cookies of its own, at an app that has the provider. */
export interface TestBrowser {
  /** Where the app is: `"https://app.test"`. */
  readonly origin: string;
  /**
   * Sends one request and keeps the cookies of the answer; follows no redirect.
   *
   * @param target A path under the base path, such as `"/signin/password"`, or a URL of the app
   */
  get(target: string): Promise<Response>;
  post(target: string, fields: object): Promise<Response>;
}

/** {@link TestBrowser} as the suites themselves use it. */
export interface CookieBrowser extends TestBrowser {
  /** By name. */
  readonly cookies: Map<string, string>;
  send(target: string, init: RequestInit): Promise<Response>;
}

/** Asks an app as a browser would, from a page of its own. Sends and keeps cookies by name; reads no other attribute of theirs. */
export function openBrowser(auth: Auth): CookieBrowser {
  const cookies = new Map<string, string>();
  const send = async (target: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("origin", APP_ORIGIN);
    if (cookies.size > 0) headers.set("cookie", [...cookies].map((cookie) => cookie.join("=")).join("; "));
    const url = new URL(target.startsWith("/") ? auth.basePath + target : target, APP_ORIGIN);
    const answer = await auth.handler(new Request(url, { ...init, headers }));
    for (const line of answer.headers.getSetCookie()) keepCookie(cookies, line);
    return answer;
  };
  const json = { "content-type": "application/json" };
  return {
    origin: APP_ORIGIN,
    cookies,
    send,
    get: (target) => send(target, { method: "GET" }),
    post: (target, fields) => send(target, { method: "POST", body: JSON.stringify(fields), headers: json }),
  };
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (/max-age=0/i.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}

/** Values of `Set-Cookie` that put a session into the browser, not those that clear one. */
export function sessionCookies(answer: Response): string[] {
  return answer.headers
    .getSetCookie()
    .filter((line) => line.startsWith(`${DEFAULTS.cookieName}=`) && !/max-age=0/i.test(line));
}
