/** The Express app: Latchkey's routes, and the pages around them. */
import { fileURLToPath } from "node:url";
import type { Auth } from "@latchkey/core";
import { latchkey, sessionMiddleware } from "@latchkey/express";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { dashboardRoutes, type PlaceOf } from "./dashboard.js";
import { errorPage, withErrorPages } from "./error-pages.js";
import { signInRoutes } from "./sign-in.js";

export interface AppOptions {
  auth: Auth;
  /**
   * Says where an address is, in words: ask a GeoIP database here. Shown with each device, never decided upon.
   *
   * @default the address itself
   */
  placeOf?: PlaceOf;
}

const PUBLIC = fileURLToPath(new URL("../public", import.meta.url));

/** Nothing inline and nothing from elsewhere: markup that slips in cannot run, look or post. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function createApp({ auth, placeOf = (ipAddress) => ipAddress ?? "Unknown place" }: AppOptions): Express {
  const pages = withErrorPages(auth);
  const app = express();
  app.disable("x-powered-by");
  app.use(setSecurityHeaders);
  app.use(express.static(PUBLIC, { index: false }));
  app.use(latchkey(auth));
  app.use(sessionMiddleware(pages));
  app.use(signInRoutes());
  app.use(dashboardRoutes(pages, placeOf));
  app.use((_req, res) => {
    res.status(404).send(errorPage(404).text);
  });
  app.use(answerErrors(pages));
  return app;
}

/** For pages and JSON alike. What depends on who asks is kept by nobody. */
const setSecurityHeaders: RequestHandler = (_req, res, next) => {
  res.set({
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
  });
  next();
};

function answerErrors(pages: Auth): ErrorRequestHandler {
  return async (error, _req, res, next) => {
    if (res.headersSent) return next(error);
    const response = await pages.errorResponse(error);
    res
      .status(response.status)
      .setHeaders(response.headers)
      .send(await response.text());
  };
}
