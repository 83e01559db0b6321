/** One request to the routes and what it came to. Knows HTTP, not sessions; never throws for what a server or network does. */
import type { AuthErrorCode } from "../errors.js";

/**
 * Code of an {@link AuthClientError}: the server's own (docs/errors.md), `"network_failed"` where no answer came, or
 * `"response_invalid"` where something else than the routes answered, such as a proxy.
 */
export type ClientErrorCode = AuthErrorCode | "network_failed" | "response_invalid" | (string & Record<never, never>);

/** Why an action was not done. */
export class AuthClientError extends Error {
  override readonly name = "AuthClientError";
  readonly code: ClientErrorCode;
  /** Status of the answer; 0 where none came. */
  readonly status: number;
  /** Whole seconds until another try makes sense, where the server says so (RFC 9110 §10.2.3). */
  readonly retryAfter: number | undefined;

  /** @param message Sentence for the person at the screen */
  constructor(
    code: ClientErrorCode,
    message: string,
    status: number,
    { retryAfter, ...options }: ErrorOptions & { retryAfter?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** True when the server could not do its work or was not reached: nothing is known anew then. */
export function isOutage({ status }: AuthClientError): boolean {
  return status < 400 || status >= 500;
}

/** What came of an action: its values, or `error` alone. Narrow with `if (error)`. */
export type Result<T extends object> =
  | (T & { readonly error: null })
  | ({ readonly [K in keyof T]?: undefined } & { readonly error: AuthClientError });

/** The fields of an answer. */
export type Reply = Result<{ readonly body: Readonly<Record<string, unknown>> }>;

export interface Requests {
  /** @param input Sent as JSON */
  send(method: "GET" | "POST" | "DELETE", path: string, input?: object): Promise<Reply>;
  /** The server's time in milliseconds since 1970, after its `Date` header: clocks of people's machines are often wrong. */
  serverNow(): number;
}

export function createRequests(basePath: string, fetch: typeof globalThis.fetch, now: () => number): Requests {
  let ahead = 0;

  return {
    serverNow: () => now() + ahead,
    async send(method, path, input) {
      const init = requestInit(method, input);
      let response: Response;
      let text: string;
      try {
        response = await fetch(basePath + path, init);
        const date = Date.parse(response.headers.get("date") ?? "");
        if (!Number.isNaN(date)) ahead = date - now();
        text = await response.text();
      } catch (cause) {
        const message = "The server could not be reached. Please try again.";
        return { error: new AuthClientError("network_failed", message, 0, { cause }) };
      }
      return replyOf(response, parseObject(text));
    },
  };
}

function requestInit(method: string, input: object | undefined): RequestInit {
  if (input === undefined) return { method };
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(input) };
}

function replyOf({ ok, status, headers }: Response, body: Record<string, unknown> | null): Reply {
  if (ok && body !== null) return { body, error: null };
  const told = errorIn(body);
  // A date, the header's other form, is not what the routes send.
  const retryAfter = /^\d+$/.exec(headers.get("retry-after") ?? "");
  const options = retryAfter === null ? {} : { retryAfter: Number(retryAfter[0]) };
  return { error: told === null ? unexpectedAnswer(status, options) : new AuthClientError(...told, status, options) };
}

/** Something else than the routes answered, such as a proxy. */
export function unexpectedAnswer(status: number, options?: { retryAfter?: number }): AuthClientError {
  return new AuthClientError("response_invalid", `The server gave an unexpected answer (${status}).`, status, options);
}

/** Code and message of `{ error: { code, message } }`, or of `{ error: "Unauthorized" }`, which guards answer too. */
function errorIn(body: Record<string, unknown> | null): [code: string, message: string] | null {
  const error = body?.error;
  if (error === "Unauthorized") return ["unauthorized", error];
  if (!isObject(error) || typeof error.code !== "string" || typeof error.message !== "string") return null;
  return [error.code, error.message];
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // A page of a proxy, say: the caller makes `response_invalid` of it.
    return null;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
