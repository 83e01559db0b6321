/** The Express app: Latchkey's routes, and the pages around them. */
import type { Auth } from "@latchkey/core";
import { latchkey, sessionMiddleware } from "@latchkey/express";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { dashboardRoutes, type PlaceOf } from "./dashboard.js";
import { errorPage, withErrorPages } from "./error-pages.js";
import { publicFiles } from "./public-files.js";
import { securityHeaders } from "./security-headers.js";
import { signInRoutes } from "./sign-in.js";
import type { OfferedProvider } from "./ways-to-sign-in.js";

export interface AppOptions {
  auth: Auth;
  /**
   * Says where an address is, in words: ask a GeoIP database here. Shown with each device, never decided upon.
   *
   * @default the address itself
   */
  placeOf?: PlaceOf;
  /** Providers that the pages offer beside the password. @default none */
  providers?: readonly OfferedProvider[];
  /** Where the app is. Pages that are asked for by another name of it lead there: a provider sends browsers back to one name only. */
  origin?: string;
}

export function createApp(options: AppOptions): Express {
  const { auth, placeOf = (ipAddress) => ipAddress ?? "Unknown place", providers = [], origin } = options;
  const pages = withErrorPages(auth);
  const app = express();
  app.disable("x-powered-by");
  app.use(securityHeaders(providers.map((provider) => provider.origin)));
  if (origin !== undefined && providers.length > 0) app.use(leadTo(origin));
  app.use(publicFiles());
  app.use(latchkey(auth));
  app.use(sessionMiddleware(pages));
  app.use(signInRoutes(providers));
  app.use(dashboardRoutes(pages, placeOf, providers));
  app.use((_req, res) => {
    res.status(404).send(errorPage(404).text);
  });
  app.use(answerErrors(pages));
  return app;
}

function leadTo(origin: string): RequestHandler {
  const { host } = new URL(origin);
  return (req, res, next) => {
    if (req.method !== "GET" || req.get("host") === host) return next();
    // The path alone decides: two slashes at its start would name another host.
    res.redirect(origin + req.originalUrl.replace(/^\/+/, "/"));
  };
}

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
