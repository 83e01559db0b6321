/** Guards: routes for signed-in users. */
import { type Auth, AuthError, type Session, safeRedirect } from "@latchkey/core";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { readAuthState } from "./auth-state.js";
import type { AuthState, ExpressRequest, ExpressResponse, Middleware, Next } from "./express-api.js";
import { answerError, sendResponse } from "./web-response.js";

export interface RequireAuthOptions {
  /** Path of the page that browsers are sent to; null answers 401 to them, too. @default the sign-in page of the config */
  signInPage?: string | null;
}

/** A handler behind the guard: its request has a session, with the claims of this `Auth`. */
export type AuthorizedHandler<S extends Session> = (
  req: Request & { auth: AuthState<S> },
  res: Response,
  next: NextFunction,
) => unknown;

/**
 * Lets signed-in users pass, with their session in `req.auth`, alone or after `sessionMiddleware`.
 *
 * Others get 401 `{ "error": "Unauthorized" }`; a browser that asks for a page goes to the sign-in page with
 * `?callbackUrl=` and the path it came for. Answers of guarded routes are `Cache-Control: no-store` unless the route itself says
 * otherwise (R-S18). When the database cannot tell: 503 with `Retry-After`.
 */
export function requireAuth<S extends Session>(auth: Auth<S>, options?: RequireAuthOptions): Middleware;
/**
 * Guards one handler, which sees the claims of this `Auth` typed: `app.get("/me", requireAuth(auth, (req, res) => …))`.
 * What the handler throws, or rejects with, goes to the error handlers of the app.
 */
export function requireAuth<S extends Session>(auth: Auth<S>, handler: AuthorizedHandler<S>): RequestHandler;
export function requireAuth<S extends Session>(
  auth: Auth<S>,
  choice: RequireAuthOptions | AuthorizedHandler<S> = {},
): Middleware | RequestHandler {
  if (typeof choice === "function") return guardedHandler(auth, choice);
  return guardFor(auth, choice);
}

function guardFor(auth: Auth<Session>, { signInPage = auth.signInPage }: RequireAuthOptions): Middleware {
  return (req, res, next) => guard(auth, signInPage, req, res, next, () => next());
}

function guardedHandler<S extends Session>(auth: Auth<S>, handler: AuthorizedHandler<S>): RequestHandler {
  return (req, res, next) =>
    guard(auth, auth.signInPage, req, res, next, (state) =>
      callHandler(handler, Object.assign(req, { auth: state }), res, next),
    );
}

function guard<S extends Session>(
  auth: Auth<S>,
  signInPage: string | null,
  req: ExpressRequest,
  res: ExpressResponse,
  next: Next,
  enter: (state: AuthState<S>) => void,
): void {
  readAuthState(auth, req, res, next, (state) => {
    if (state === null) return refuse(auth, signInPage, req, res, next);
    if (!res.headersSent) res.setHeader("Cache-Control", "no-store");
    enter(state);
  });
}

/** Express 4 does not look at what a handler returns; its rejection would end the process (R-L5). */
async function callHandler<S extends Session>(
  handler: AuthorizedHandler<S>,
  ...[req, res, next]: Parameters<AuthorizedHandler<S>>
): Promise<void> {
  try {
    await handler(req, res, next);
  } catch (error) {
    next(error ?? new Error("a handler rejected without an error"));
  }
}

function refuse(
  auth: Auth<Session>,
  signInPage: string | null,
  req: ExpressRequest,
  res: ExpressResponse,
  next: Next,
): void {
  const location = signInPage !== null && asksForPage(req) ? signInUrl(signInPage, req.originalUrl) : null;
  if (location === null) answerError(auth, new AuthError("unauthorized"), res, next);
  else sendResponse(res, redirectTo(location)).catch(next);
}

function redirectTo(location: string): globalThis.Response {
  return new globalThis.Response(null, { status: 302, headers: { Location: location, "Cache-Control": "no-store" } });
}

/** A client that takes anything is a program: it gets JSON. */
function asksForPage(req: ExpressRequest): boolean {
  return (req.method === "GET" || req.method === "HEAD") && req.accepts(["json", "html"]) === "html";
}

/** @returns null when the guarded page is the sign-in page itself, which would send the browser round in circles */
function signInUrl(signInPage: string, originalUrl: string): string | null {
  // A path that could be read as another host (`//evil.example`) is not handed on.
  const callbackUrl = safeRedirect(originalUrl, "/");
  const pathOf = (target: string) => target.split("?", 1)[0];
  if (pathOf(callbackUrl) === pathOf(signInPage)) return null;
  return `${signInPage}${signInPage.includes("?") ? "&" : "?"}callbackUrl=${encodeURIComponent(callbackUrl)}`;
}
