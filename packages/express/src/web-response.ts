/** `Response` → Express. */
import type { Auth } from "@latchkey/core";
import type { ExpressResponse, Next } from "./express-api.js";

/** Sends an answer. Does nothing when the app has answered already. */
export async function sendResponse(res: ExpressResponse, response: Response): Promise<void> {
  const body = response.body === null ? undefined : new Uint8Array(await response.arrayBuffer());
  if (res.headersSent) return;

  res.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== "set-cookie") res.setHeader(name, value);
  appendCookies(res, response.headers.getSetCookie());
  res.end(body);
}

/** Sends the answer for an error; what fails even then is left to Express. */
export function answerError(auth: Pick<Auth, "errorResponse">, error: unknown, res: ExpressResponse, next: Next): void {
  auth
    .errorResponse(error)
    .then((response) => sendResponse(res, response))
    .catch(next);
}

/** Adds cookies to those that the app has set (RFC 6265 §3: they cannot be joined into one line). */
export function appendCookies(res: ExpressResponse, cookies: readonly string[]): void {
  if (cookies.length > 0) res.appendHeader("Set-Cookie", cookies);
}

/** `Cache-Control`, and what some caches read before it: `CDN-Cache-Control` (RFC 9213), `Surrogate-Control`. */
const CACHE_HEADER = /(cache|surrogate)-control$/i;

/**
 * Keeps this answer out of every cache, whatever the app says later: a renewal can fall on a page that it lets caches keep, and
 * the next visitor would be handed the cookie (R-S18).
 */
export function forbidStoring(res: ExpressResponse): void {
  const setHeader = res.setHeader.bind(res);
  setHeader("Cache-Control", "no-store");
  res.setHeader = (name, value) => setHeader(name, CACHE_HEADER.test(name) ? "no-store" : value);
}
