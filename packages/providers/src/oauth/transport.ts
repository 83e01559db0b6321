/** Requests to providers: bounded in time and size, never redirected, and only to where they may go (R-O11). */
import { AuthError, isAuthError } from "@latchkey/core";

/** Seconds that a provider has to answer, body and all. */
const DEADLINE = 10;
/** Bytes of an answer; the largest that we ask for are key sets, of some kilobytes. */
const BODY_LIMIT = 512 * 1024;

interface RequestOptions {
  method?: string | undefined;
  headers?: HeadersInit | undefined;
  body?: BodyInit | null | undefined;
}

/**
 * Sends one request.
 *
 * @returns the answer with its whole body read
 * @throws AuthError `provider_unavailable` when there is none in time, or one of 429 or 5xx: to try again makes sense;
 *   `provider_rejected` for a redirect or a body without end
 */
export async function ask(
  url: string,
  { method = "GET", headers: given, body }: RequestOptions = {},
): Promise<Response> {
  const signal = AbortSignal.timeout(DEADLINE * 1000);
  const headers = new Headers(given);
  // Some, such as Discord, refuse who does not say what they are.
  if (!headers.has("user-agent")) headers.set("user-agent", "latchkey");
  const response = await orUnavailable(url, () =>
    fetch(url, { method, redirect: "manual", signal, headers, ...(body && { body }) }),
  );
  const { status } = response;
  const isRedirect = status < 200 || (status >= 300 && status < 400);
  // Nobody reads the body: the connection must not wait for it.
  if (isRedirect || status === 429 || status >= 500) await response.body?.cancel().catch(() => undefined);
  if (status === 429 || status >= 500) throw new AuthError("provider_unavailable", `${hostOf(url)} answered ${status}`);
  // What follows a redirect sends the secret, or the request, to wherever the answer says. A browser's fetch calls it status 0.
  if (isRedirect) throw new AuthError("provider_rejected", `${hostOf(url)} answered with a redirect`);
  const text = await orUnavailable(url, () => readBounded(response, url));
  return new Response(text === "" ? null : text, { status, headers: response.headers });
}

async function readBounded(response: Response, url: string): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    size += chunk.value.byteLength;
    if (size > BODY_LIMIT) {
      await reader.cancel();
      throw new AuthError("provider_rejected", `${hostOf(url)} answered with more than ${BODY_LIMIT} bytes`);
    }
    text += decoder.decode(chunk.value, { stream: true });
  }
  return text + decoder.decode();
}

async function orUnavailable<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isAuthError(cause)) throw cause;
    throw new AuthError("provider_unavailable", `${hostOf(url)} cannot be reached`, { cause });
  }
}

/** For logs: paths and queries may hold what is secret. */
function hostOf(url: string): string {
  return new URL(url).host;
}

/** True for names and addresses of this machine (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || /^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}

/** True for addresses that the internet does not route (RFC 6890), written as addresses: what a name leads to is not looked up. */
export function isPrivate(hostname: string): boolean {
  // A name may end in the dot of the root (RFC 1034 §3.1).
  return isLoopback(hostname.replace(/\.$/, "")) || PRIVATE_IPV4.test(hostname) || PRIVATE_IPV6.test(hostname);
}

/** Of four numbers: `10.example.com` is a name. */
const PRIVATE_IPV4 =
  /^(?=\d+(\.\d+){3}$)(0|10|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168|192\.0\.0|198\.1[89]|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|2[2-5]\d)\./;
/** Unspecified, loopback, IPv4-mapped and -translated, unique local, link-local, multicast. */
const PRIVATE_IPV6 = /^\[(::|64:ff9b:|f[cd]|fe[89a-f]|ff)/;
