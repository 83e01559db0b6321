/** `Request → Response` for everything under the base path. */
import type { ResolvedConfig } from "./contracts/config.js";
import { report } from "./contracts/run.js";
import { isLoopback } from "./cookie.js";
import { AuthError, isAuthError } from "./errors.js";
import { clientIp } from "./ip.js";
import { checkOrigin, safeRedirect } from "./origin.js";
import { FORM_TYPE, mediaType, readBody } from "./routes/body.js";
import { withProviderRoutes } from "./routes/provider.js";
import type { Answer, Route, RouteTable } from "./routes/route.js";
import { sessionRoutes } from "./routes/session.js";
import type { SessionManager } from "./session-manager.js";

/** What the server knows of a connection and a `Request` does not say. */
export interface Connection {
  /** Address of the peer. */
  ipAddress?: string | null | undefined;
}

/** Routes, ready to be asked. */
export interface Router {
  /** Answers one request; never throws. */
  handle(request: Request, connection?: Connection): Promise<Response>;
  /** Runs the sign-in that a request asks for. @returns null where no session can start. @throws AuthError */
  signIn(request: Request, connection?: Connection): Promise<Answer | null>;
}

/** A route and the part of the path that stands for `:id`. */
interface Match {
  route: Route;
  id: string;
}

export function createRouter(config: ResolvedConfig, sessions: SessionManager): Router {
  const table = withProviderRoutes(sessionRoutes, config.providers);

  function run(
    { route, id }: Match,
    input: Record<string, unknown>,
    request: Request,
    connection: Connection = {},
  ): Promise<Answer> {
    const ipAddress = clientIp(
      request.headers.get("x-forwarded-for"),
      connection.ipAddress ?? null,
      config.trustedProxies,
    );
    return route.run({ config, sessions, request, ipAddress, input, id });
  }

  return {
    async handle(request, connection) {
      let form: Record<string, unknown> | null = null;
      try {
        const match = requireRoute(table, request, config.basePath);
        const input = await readInput(request, match.route, config);
        if (mediaType(request) === FORM_TYPE) form = input;
        const answer = await run(match, input, request, connection);
        if (answer.session !== undefined && losesCookie(request, config))
          await report(config.hooks, cookieLost(request));
        return form === null
          ? json(request, answer)
          : redirectTo(safeRedirect(form.callbackUrl, config.successRedirect, config), answer.cookies);
      } catch (error) {
        if (form !== null) return failedForm(error, form, request, config);
        const response = await errorResponse(error, config, request);
        if (response.status === 405)
          response.headers.set("Allow", allowedMethods(table, request.url, config.basePath).join(", "));
        return response;
      }
    },
    async signIn(request, connection) {
      const match = findRoute(table, request, config.basePath);
      if (match?.route.startsSession !== true) return null;
      return run(match, await readInput(request, match.route, config), request, connection);
    },
  };
}

/** Every mutation proves its origin before anything of it is read. */
async function readInput(request: Request, route: Route, config: ResolvedConfig): Promise<Record<string, unknown>> {
  if (request.method === "GET" || request.method === "HEAD") return {};
  checkOrigin(request, config);
  return readBody(request, route.acceptsForm === true);
}

/** @throws AuthError `not_found`, `method_not_allowed` */
function requireRoute(table: RouteTable, request: Request, basePath: string): Match {
  const match = findRoute(table, request, basePath);
  if (match !== null) return match;
  throw new AuthError(allowedMethods(table, request.url, basePath).length > 0 ? "method_not_allowed" : "not_found");
}

/** RFC 9110 §15.5.6: a 405 says which methods there are. */
function allowedMethods(table: RouteTable, url: string, basePath: string): string[] {
  return ["GET", "POST", "DELETE"].filter((method) => findRoute(table, { url, method }, basePath) !== null);
}

function findRoute(table: RouteTable, request: Pick<Request, "url" | "method">, basePath: string): Match | null {
  const { pathname } = new URL(request.url);
  // The base path ends at a slash: /authors is not under /auth.
  if (!pathname.startsWith(`${basePath}/`)) return null;
  const path = pathname.slice(basePath.length);
  const method = request.method === "HEAD" ? "GET" : request.method;

  const exact = path.includes(":") ? undefined : table[`${method} ${path}`];
  if (exact !== undefined) return { route: exact, id: "" };

  const [, parent = "", id = ""] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
  const withId = table[`${method} ${parent}/:id`];
  return withId === undefined ? null : { route: withId, id: decodeSegment(id) };
}

/** True when the page that asks is on plain http: its browser drops the Secure cookie without a word (S0 "Verify HTTPS in production"). */
function losesCookie(request: Request, config: ResolvedConfig): boolean {
  const origin = request.headers.get("origin") ?? "";
  return config.cookie.attributes.secure && origin.startsWith("http://") && !isLoopback(new URL(origin).hostname);
}

function cookieLost(request: Request): AuthError {
  const page = request.headers.get("origin");
  return new AuthError(
    "config_invalid",
    `${page} is plain http, so the browser drops the Secure session cookie: serve over https`,
  );
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new AuthError("request_invalid", "the path is not valid percent-encoding", { cause });
  }
}

/** Sends the browser back to the page that it came from, with the code of the error. */
async function failedForm(
  thrown: unknown,
  form: Record<string, unknown>,
  request: Request,
  config: ResolvedConfig,
): Promise<Response> {
  const error = await reported(thrown, config);
  const page = new URL(safeRedirect(form.errorUrl, config.errorRedirect, config), request.url);
  page.searchParams.set("error", error.code);
  if (error.code === "rate_limited") page.searchParams.set("retryAfter", String(error.retryAfter));
  if (typeof form.callbackUrl === "string") page.searchParams.set("callbackUrl", form.callbackUrl);
  const isHere = page.origin === new URL(request.url).origin;
  return redirectTo(isHere ? page.pathname + page.search + page.hash : page.href, error.cookies);
}

/** The answer for an error: status and public sentence of its code. Reports faults of the server. */
export async function errorResponse(
  thrown: unknown,
  config: Pick<ResolvedConfig, "hooks">,
  request?: Request,
): Promise<Response> {
  const error = await reported(thrown, config);
  const response = json(request, { status: error.status, body: errorBody(error), cookies: error.cookies });
  if (error.retryAfter !== undefined) response.headers.set("Retry-After", String(error.retryAfter));
  return response;
}

/** The error as ours; faults of the server are told to `hooks.onError`. */
export async function reported(thrown: unknown, { hooks }: Pick<ResolvedConfig, "hooks">): Promise<AuthError> {
  const error = isAuthError(thrown) ? thrown : new AuthError("internal", "a request failed", { cause: thrown });
  // What an app without an adapter cannot do is asked by clients as they like; that is no fault of the server.
  if (error.status >= 500 && error.code !== "adapter_required") await report(hooks, error);
  return error;
}

/** A missing session is told in the form that guards everywhere use. */
function errorBody(error: AuthError): object {
  return error.code === "unauthorized"
    ? { error: "Unauthorized" }
    : { error: { code: error.code, message: error.publicMessage } };
}

function json(request: Request | undefined, { status = 200, body, cookies }: Answer): Response {
  const headers = answerHeaders(cookies);
  headers.set("Content-Type", "application/json");
  return new Response(request?.method === "HEAD" ? null : JSON.stringify(body), { status, headers });
}

/** RFC 9110 §15.4.4: after a POST the browser continues with GET, without sending the form again. */
function redirectTo(location: string, cookies?: readonly string[]): Response {
  const headers = answerHeaders(cookies);
  headers.set("Location", location);
  return new Response(null, { status: 303, headers });
}

/** Nothing that has a cookie or a session in it may be kept by a cache (R-S18). */
function answerHeaders(cookies: readonly string[] = []): Headers {
  const headers = new Headers({ "Cache-Control": "no-store" });
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  return headers;
}
