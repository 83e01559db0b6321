/** Where a request comes from and where an answer may send the browser. */
import type { ResolvedConfig } from "./contracts/config.js";
import { AuthError } from "./errors.js";

type Origins = Pick<ResolvedConfig, "baseUrl" | "trustedOrigins">;

/**
 * Refuses requests that another site's page sends in the user's name (CSRF). `SameSite` cookies are the second line, not the first.
 *
 * Browsers say where a request comes from in `Origin` (Fetch §3.1) and `Sec-Fetch-Site`; what says neither and is a browser by
 * its user agent is refused, what is none cannot be tricked.
 *
 * @throws AuthError `origin_not_allowed`
 */
export function checkOrigin(request: Request, config: Origins): void {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const looksLikeBrowser = /^Mozilla\//.test(request.headers.get("user-agent") ?? "");

  if (origin !== null && origin !== "null") {
    if (isOwnOrigin(origin, new URL(request.url), config) || config.trustedOrigins.has(origin)) return;
  } else if (site !== null) {
    // A page with `Referrer-Policy: no-referrer` sends `Origin: null` to its own site.
    if (site === "same-origin" || (site === "none" && origin === null)) return;
  } else if (origin === null && !looksLikeBrowser) return;

  throw new AuthError(
    "origin_not_allowed",
    `the request came from ${JSON.stringify(origin ?? site ?? "an unknown origin")}; trustedOrigins or baseUrl may need it`,
  );
}

/**
 * Refuses a sign-in that another site's page begins by itself: in a frame, an image, or a navigation that no user asked for (R-S15).
 * Browsers that say nothing of it (Fetch Metadata §2) are let through: the provider still asks the user.
 *
 * @throws AuthError `origin_not_allowed`
 */
export function checkNavigation({ headers }: Request): void {
  const isForeign = headers.get("sec-fetch-site") === "cross-site";
  const isByUser = headers.get("sec-fetch-user") === "?1" && headers.get("sec-fetch-dest") === "document";
  if (isForeign && !isByUser)
    throw new AuthError("origin_not_allowed", "another site's page began a sign-in by itself");
}

/** Without a configured base URL the host is compared and not the scheme, which a proxy in front may have changed. */
function isOwnOrigin(origin: string, url: URL, config: Origins): boolean {
  if (config.baseUrl !== null) return origin === config.baseUrl.origin;
  return URL.canParse(origin) && new URL(origin).host === url.host && /^https?:\/\//.test(origin);
}

/** No other origin, and no name for this one: paths alone. */
const OWN_PATHS: Origins = { baseUrl: null, trustedOrigins: new Set() };

/** Never a host: resolves relative targets, so that what leaves this origin shows. */
const NOWHERE = "http://latchkey.invalid";

/**
 * Makes a redirect target safe.
 *
 * @param target A path of this app, or a URL of an allowed origin
 * @param config Origins that are allowed; without it paths alone
 * @returns the target in the form in which it was checked; `fallback` for anything else
 */
export function safeRedirect(target: unknown, fallback: string, config: Origins = OWN_PATHS): string {
  // Backslashes and control characters are read as slashes or dropped by some browsers (WHATWG URL §4.4).
  if (typeof target !== "string" || !/^[^\p{Cc}\p{Z}\\]+$/u.test(target)) return fallback;
  if (!/^(\/(?!\/)|https?:\/\/)/i.test(target) || !URL.canParse(target, NOWHERE)) return fallback;

  const url = new URL(target, NOWHERE);
  const path = url.pathname + url.search + url.hash;
  if (url.origin === NOWHERE || url.origin === config.baseUrl?.origin) {
    return path.startsWith("//") ? fallback : path;
  }
  return config.trustedOrigins.has(url.origin) && url.username === "" && url.password === "" ? url.href : fallback;
}
