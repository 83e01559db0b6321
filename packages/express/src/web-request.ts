/** Express → `Request`. */
import type { ExpressRequest, IncomingHeaders } from "./express-api.js";
import { FORM_TYPE, mediaTypeOf, parsedBody, streamOf } from "./request-body.js";

/** RFC 9112 §3.2: what could end the authority of a URL early or put a user into it is no host. */
const HOST = /^(\[[\da-f:.]+\]|[^\s/?#@\\:[\]]+)(:\d{1,5})?$/i;

/**
 * Builds the request that the handler is asked.
 *
 * @param path As the handler knows it, with the base path
 * @throws TypeError when the host, the path or the method is none
 */
export function toWebRequest(req: ExpressRequest, path: string): Request {
  const scheme = req.protocol === "https" ? "https" : "http";
  const query = req.url.indexOf("?");
  const url = `${scheme}://${hostOf(req)}${path}${query === -1 ? "" : req.url.slice(query)}`;
  const headers = headersOf(req.headers);
  return new Request(url, { method: req.method, headers, ...bodyOf(req, headers) });
}

/** The host that the client asked for. @throws TypeError when it is no host */
function hostOf(req: ExpressRequest): string {
  const trusts = req.app.get("trust proxy fn");
  const isTrusted = typeof trusts === "function" && trusts(req.socket.remoteAddress, 0) === true;
  const forwarded = isTrusted ? req.headers["x-forwarded-host"] : undefined;
  const host =
    String(forwarded || req.headers.host)
      .split(",", 1)[0]
      ?.trim() ?? "";
  if (req.headers.host === undefined || !HOST.test(host)) throw new TypeError("the Host header is no host");
  return host;
}

/** Every value on its own; without the pseudo-headers of HTTP/2, which are no header names. */
function headersOf(incoming: IncomingHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined || name.startsWith(":")) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return headers;
}

/** Adjusts `headers` where the body is no longer the one that they describe. */
function bodyOf(req: ExpressRequest, headers: Headers): RequestInit & { duplex?: "half" } {
  if (req.method === "GET" || req.method === "HEAD") return {};
  if (!req.readableDidRead) return hasBody(headers) ? { body: streamOf(req), duplex: "half" } : {};

  for (const name of ["content-length", "content-encoding", "transfer-encoding"]) headers.delete(name);
  const type = mediaTypeOf(headers);
  // A parser turned the text into UTF-8; bytes are still what the header says.
  if (type !== "" && !(req.body instanceof Uint8Array)) headers.set("content-type", type);
  return { body: parsedBody(req.body, type === FORM_TYPE) };
}

/** RFC 9112 §6: one of the two headers announces a body. */
function hasBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0;
}
