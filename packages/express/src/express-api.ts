/** What of Express this package uses: shapes that requests and responses of Express 4 and 5 both have. */
import type { Session } from "@latchkey/core";

/** The session of a request and its user. */
export interface AuthState<S extends Session = Session> {
  session: S;
  user: S["user"];
}

/** An Express request, as far as it is used. */
export interface ExpressRequest {
  readonly method: string;
  /** Path and query below the mount. */
  readonly url: string;
  readonly originalUrl: string;
  /** Path of the mount; empty at the root. */
  readonly baseUrl: string;
  readonly path: string;
  /** Of the client's connection, `X-Forwarded-Proto` included where the proxy is trusted. */
  readonly protocol: string;
  /** Address of the client, `X-Forwarded-For` included where the proxy is trusted. */
  readonly ip?: string | undefined;
  readonly headers: IncomingHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly app: { get(setting: string): unknown };
  /** What a body parser made of the body. */
  body?: unknown;
  /** True once anybody began to read the body. */
  readonly readableDidRead: boolean;
  auth?: AuthState | null;
  accepts(types: string[]): string | false;
  on(event: "data", listener: (chunk: Uint8Array<ArrayBuffer>) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "data" | "end", listener: (chunk: Uint8Array<ArrayBuffer>) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** Headers as Node gives them: lower-case names, equal ones joined but for a few that stay a list. */
export type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An Express response, as far as it is used. */
export interface ExpressResponse {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: number | string | readonly string[]): unknown;
  appendHeader(name: string, value: string | readonly string[]): unknown;
  end(body?: Uint8Array): unknown;
}

/** Hands over to what comes next in the app; with an error, to its error handlers. */
export type Next = (error?: unknown) => void;

/** A middleware that Express 4 and 5 both take. */
export type Middleware = (req: ExpressRequest, res: ExpressResponse, next: Next) => void;
