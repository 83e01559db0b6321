/** Headers of every answer, of pages and JSON alike. */
import type { RequestHandler } from "express";

/**
 * Nothing inline and nothing from elsewhere: markup that slips in cannot run, look or post. What depends on who asks is kept by nobody.
 *
 * @param formTargets Other origins that a form may lead to, by a redirect too: browsers hold both against `form-action`
 */
export function securityHeaders(formTargets: readonly string[] = []): RequestHandler {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    ["form-action 'self'", ...formTargets].join(" "),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return (_req, res, next) => {
    res.set({
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "same-origin",
      "Cache-Control": "no-store",
    });
    next();
  };
}
