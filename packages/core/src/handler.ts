/** `Request → Response` for everything under the base path. */
import type { AccountManager } from "./account-manager.js";
import type { ResolvedConfig } from "./contracts/config.js";
import type { Navigation } from "./contracts/provider.js";
import { report } from "./contracts/run.js";
import { isLoopback } from "./cookie.js";
import { AuthError, isAuthError } from "./errors.js";
import { clientIp } from "./ip.js";
import { checkOrigin, safeRedirect } from "./origin.js";
import { accountRoutes } from "./routes/accounts.js";
import { FORM_TYPE, mediaType, readBody } from "./routes/body.js";
import { createFinder, type Match, type RouteFinder } from "./routes/finder.js";
import { withPluginRoutes } from "./routes/plugin.js";
import { withProviderRoutes } from "./routes/provider.js";
import type { Answer, Route, RouteContext } from "./routes/route.js";
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
  /** Runs the sign-in that a request asks for. @returns null where no session can start. @throws AuthError, with the cookies to send */
  signIn(request: Request, connection?: Connection): Promise<Answer | null>;
}

export function createRouter(config: ResolvedConfig, sessions: SessionManager, accounts: AccountManager): Router {
  const own = { ...sessionRoutes, ...accountRoutes };
  const routes = createFinder(withPluginRoutes(withProviderRoutes(own, config.providers), config.plugins), config);

  function run(
    { route, id }: Match,
    request: Request,
    given: Pick<RouteContext, "input" | "navigation">,
    connection: Connection = {},
  ): Promise<Answer> {
    const forwarded = request.headers.get("x-forwarded-for");
    const ipAddress = clientIp(forwarded, connection.ipAddress ?? null, config.trustedProxies);
    return route.run({ config, sessions, accounts, request, ipAddress, id, ...given });
  }

  return {
    async handle(request, connection) {
      let navigates = false;
      const navigation: Navigation = { cookies: [] };
      try {
        const match = requireRoute(routes, request);
        navigates = match.route.navigates === true;
        const input = await readInput(request, match.route, config, navigation);
        navigates ||= mediaType(request) === FORM_TYPE;
        const answer = await run(match, request, { input, navigation }, connection);
        if (answer.response !== undefined) return answer.response;
        if (answer.session !== undefined && losesCookie(request, config))
          await report(config.hooks, cookieLost(request));
        const cookies = [...(answer.cookies ?? []), ...navigation.cookies];
        if (!navigates) return json(request, { ...answer, cookies });
        return redirectTo(answer.redirectUrl ?? afterSuccess(navigation, config), cookies);
      } catch (thrown) {
        const error = await reported(thrown, config);
        const cookies = [...error.cookies, ...navigation.cookies];
        if (navigates) return redirectTo(afterFailure(error, navigation, request, config), cookies);
        const response = errorAnswer(error, cookies, request);
        if (response.status === 405) response.headers.set("Allow", routes.allowedMethods(request.url).join(", "));
        return response;
      }
    },
    async signIn(request, connection) {
      const match = routes.find(request);
      if (match?.route.startsSession !== true) return null;
      const navigation: Navigation = { cookies: [] };
      try {
        const input = await readInput(request, match.route, config, navigation);
        const answer = await run(match, request, { input, navigation }, connection);
        const redirectUrl = answer.redirectUrl ?? (match.route.navigates && afterSuccess(navigation, config));
        const cookies = [...(answer.cookies ?? []), ...navigation.cookies];
        return { ...answer, ...(redirectUrl && { redirectUrl }), cookies };
      } catch (thrown) {
        const { code, message, cause, cookies } = asAuthError(thrown);
        throw new AuthError(code, message, { cause, cookies: [...cookies, ...navigation.cookies] });
      }
    },
  };
}

/** @throws AuthError `not_found`, `method_not_allowed` */
function requireRoute(routes: RouteFinder, request: Request): Match {
  const match = routes.find(request);
  if (match !== null) return match;
  throw new AuthError(routes.allowedMethods(request.url).length > 0 ? "method_not_allowed" : "not_found");
}

/** Longest target that is passed on to the sign-in page: a `Location` of many kilobytes is refused by some proxies. */
const MAX_TARGET = 2000;

/** Where a form wants to go on. */
function targetsOf({ callbackUrl, errorUrl }: Record<string, unknown>): Partial<Navigation> {
  return {
    callbackUrl: typeof callbackUrl === "string" ? callbackUrl : undefined,
    errorUrl: typeof errorUrl === "string" ? errorUrl : undefined,
  };
}

function afterSuccess({ callbackUrl }: Navigation, config: ResolvedConfig): string {
  return safeRedirect(callbackUrl, config.successRedirect, config);
}

/** The page that the browser came from, with the code of the error: never what a provider said. */
function afterFailure(error: AuthError, navigation: Navigation, request: Request, config: ResolvedConfig): string {
  const page = new URL(safeRedirect(navigation.errorUrl, config.errorRedirect, config), request.url);
  page.searchParams.set("error", error.code);
  if (error.code === "rate_limited") page.searchParams.set("retryAfter", String(error.retryAfter));
  // The page may send the browser there without a look of its own.
  const callbackUrl = safeRedirect(navigation.callbackUrl, "", config);
  if (callbackUrl !== "" && callbackUrl.length <= MAX_TARGET) page.searchParams.set("callbackUrl", callbackUrl);
  const isHere = page.origin === new URL(request.url).origin;
  return isHere ? page.pathname + page.search + page.hash : page.href;
}

/** Every mutation proves its origin before anything of it is read. A form says where it wants to go on. */
async function readInput(
  request: Request,
  route: Route,
  config: ResolvedConfig,
  navigation: Navigation,
): Promise<Record<string, unknown>> {
  if (request.method === "GET" || request.method === "HEAD") return {};
  if (!route.fromElsewhere) checkOrigin(request, config);
  if (route.readsBody) return {};
  const input = await readBody(request, route.acceptsForm === true);
  // What a page of another site posts says nothing of where to go in this one.
  if (mediaType(request) === FORM_TYPE && !route.fromElsewhere) Object.assign(navigation, targetsOf(input));
  return input;
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

/** The answer for an error: status and public sentence of its code. Reports faults of the server. */
export async function errorResponse(thrown: unknown, config: Pick<ResolvedConfig, "hooks">): Promise<Response> {
  const error = await reported(thrown, config);
  return errorAnswer(error, error.cookies);
}

function errorAnswer(error: AuthError, cookies: readonly string[], request?: Request): Response {
  const response = json(request, { status: error.status, body: errorBody(error), cookies });
  if (error.retryAfter !== undefined) response.headers.set("Retry-After", String(error.retryAfter));
  return response;
}

/** The error as ours; faults of the server are told to `hooks.onError`. */
export async function reported(thrown: unknown, { hooks }: Pick<ResolvedConfig, "hooks">): Promise<AuthError> {
  const error = asAuthError(thrown);
  // What an app without an adapter cannot do is asked by clients as they like; that is no fault of the server.
  if (error.status >= 500 && error.code !== "adapter_required") await report(hooks, error);
  return error;
}

function asAuthError(thrown: unknown): AuthError {
  return isAuthError(thrown) ? thrown : new AuthError("internal", "a request failed", { cause: thrown });
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
