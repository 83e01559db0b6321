/** Every default, written once. After `resolveConfig` no other file supplies one. */

/** Seconds in a day. */
const DAY = 86_400;

/** RFC 6265bis §5.5: browsers cap the life of a cookie at 400 days. */
export const MAX_COOKIE_AGE = 400 * DAY;

/** Durations are in seconds, sizes in bytes. */
export const DEFAULTS = {
  basePath: "/auth",
  cookieName: "auth-session",
  /** `type` of a session that names none. */
  sessionType: "custom",
  expiresIn: 30 * DAY,
  absoluteTimeout: MAX_COOKIE_AGE,
  /** A renewal is due once this share of the sliding window has passed: 1/30 of 30 days is one day. */
  renewalsPerWindow: 30,
  successRedirect: "/",
  errorRedirect: "/login",
  rateLimit: { perAccount: 10, perIp: 100, window: 15 * 60 },
  /** Longest time that a callback or hook of the app may take. */
  callbackTimeout: 5,
  /** Longest time that one call of the adapter may take. */
  adapterTimeout: 5,
  bodyLimit: 64 * 1024,
} as const;

/** Where the session cookie is sent and how it is kept. */
export const COOKIE_DEFAULTS = { httpOnly: true, secure: true, sameSite: "lax", path: "/" } as const;

/** Tolerated difference between the clocks of two servers, in seconds (R-T4). */
export const CLOCK_SKEW = 60;
