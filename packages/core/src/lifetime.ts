/** When a session lives, renews and dies. Pure: no clock, no adapter, no request. */
import { DEFAULTS, MAX_COOKIE_AGE } from "./defaults.js";
import { AuthError } from "./errors.js";

/** Seconds, or a whole number with a unit: `"90s"`, `"15m"`, `"8h"`, `"30d"`, `"2w"`. */
export type Duration = number | string;

const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Reads a duration.
 *
 * @returns whole seconds, at least 1
 * @throws AuthError `config_invalid`, naming the option
 */
export function parseDuration(value: Duration, option: string): number {
  const match = typeof value === "string" ? /^(\d{1,9})([smhdw])$/.exec(value) : null;
  const seconds = match ? Number(match[1]) * (UNIT_SECONDS[match[2] as string] as number) : value;
  if (typeof seconds === "number" && Number.isSafeInteger(seconds) && seconds > 0) return seconds;
  throw new AuthError(
    "config_invalid",
    `${option} must be a whole number of seconds or a string such as "15m" or "30d"`,
  );
}

function durationOr<T>(fallback: T, value: Duration | undefined, option: string): number | T {
  return value === undefined ? fallback : parseDuration(value, option);
}

/** All in seconds. */
export interface Lifetime {
  /** Longest life without renewal. */
  expiresIn: number;
  /** Longest life without activity; `null` when activity does not matter. */
  idleTimeout: number | null;
  /** Longest life at all, from the sign-in. */
  absoluteTimeout: number;
  /** Renewals are at least this far apart. */
  renewEvery: number;
}

/** The settings of `session` that make a {@link Lifetime}. */
export interface LifetimeOptions {
  /**
   * Limits after NIST SP 800-63B-4 §2.1.3, §2.2.3, §2.3.3: `aal1` 30 days overall; `aal2` 24 hours overall and 1 hour
   * without activity; `aal3` 12 hours and 15 minutes. Options beside it win.
   */
  preset?: keyof typeof PRESETS;
  /**
   * Longest life of a session without renewal: seconds, or a string such as `"30d"`. Written to the cookie as `Max-Age`
   * (RFC 6265 §5.2.2) and to a JWT as `exp` (RFC 7519 §4.1.4).
   *
   * @default "30d"
   * @throws AuthError `config_invalid` unless positive and at most `absoluteTimeout`
   */
  expiresIn?: Duration;
  /** Longest life without a request, for sessions that must end when the user walks away. @default none */
  idleTimeout?: Duration;
  /** Longest life at all; no activity extends it. @default "400d", which is also the most */
  absoluteTimeout?: Duration;
  /** Least time between two renewals, and so between two writes. @default 1/30 of the shorter of `expiresIn` and `idleTimeout` */
  renewEvery?: Duration;
}

const PRESETS = {
  aal1: { absoluteTimeout: "30d" },
  aal2: { absoluteTimeout: "24h", idleTimeout: "1h" },
  aal3: { absoluteTimeout: "12h", idleTimeout: "15m" },
} as const satisfies Record<string, LifetimeOptions>;

/** @throws AuthError `config_invalid`, naming the option */
export function resolveLifetime(given: LifetimeOptions): Lifetime {
  const preset = given.preset === undefined ? {} : PRESETS[given.preset];
  if (preset === undefined) throw new AuthError("config_invalid", 'session.preset must be "aal1", "aal2" or "aal3"');

  const options: LifetimeOptions = { ...preset, ...withoutUndefined(given) };
  const absoluteTimeout = durationOr(DEFAULTS.absoluteTimeout, options.absoluteTimeout, "session.absoluteTimeout");
  const expiresIn = durationOr(Math.min(DEFAULTS.expiresIn, absoluteTimeout), options.expiresIn, "session.expiresIn");
  const idleTimeout = durationOr(null, options.idleTimeout, "session.idleTimeout");
  const window = Math.min(expiresIn, idleTimeout ?? expiresIn);
  const usualGap = Math.max(1, Math.floor(window / DEFAULTS.renewalsPerWindow));
  const renewEvery = durationOr(usualGap, options.renewEvery, "session.renewEvery");

  if (absoluteTimeout > MAX_COOKIE_AGE)
    throw new AuthError("config_invalid", "session.absoluteTimeout may be 400 days at most");
  if (expiresIn > absoluteTimeout)
    throw new AuthError("config_invalid", "session.expiresIn may not be longer than session.absoluteTimeout");
  if (renewEvery >= window && options.renewEvery !== undefined) {
    throw new AuthError(
      "config_invalid",
      "session.renewEvery must be shorter than session.expiresIn and session.idleTimeout",
    );
  }
  return { expiresIn, idleTimeout, absoluteTimeout, renewEvery };
}

/** What decides whether a session is kept: a record has it, and so has a verified token. */
export interface Lifespan {
  expires: Date;
  absoluteExpires: Date;
  updatedAt: Date;
}

/** True at the exact instant of `expires` and after it (RFC 7519 §4.1.4: "on or after"), and for a date that is none. */
export function isOver({ expires, absoluteExpires, updatedAt }: Lifespan, now: Date): boolean {
  // Written so that a comparison with an invalid date counts as over.
  return !(now < expires && now < absoluteExpires && Number.isFinite(updatedAt?.getTime()));
}

/** True once `renewEvery` seconds have passed since the last renewal. */
export function isRenewalDue(renewedAt: Date, now: Date, lifetime: Lifetime): boolean {
  return now.getTime() - renewedAt.getTime() >= lifetime.renewEvery * 1000;
}

/**
 * The one computed end of a session: cookie `Max-Age`, JWT `exp`, `session.expires` and the row all come from it.
 *
 * @returns a whole second, never past `absoluteExpires`
 */
export function expiryFrom(now: Date, absoluteExpires: Date, lifetime: Lifetime): Date {
  const seconds = Math.min(lifetime.expiresIn, lifetime.idleTimeout ?? lifetime.expiresIn);
  return earlier(addSeconds(wholeSecond(now), seconds), absoluteExpires);
}

/**
 * The dates of a session under the policy of now, which may have become tighter since it was written.
 *
 * @param session Dates that are valid; `authenticatedAt` is when its user signed in
 */
export function underPolicy<T extends Lifespan & { authenticatedAt: Date }>(session: T, lifetime: Lifetime): T {
  const { authenticatedAt, updatedAt } = session;
  const absoluteExpires = earlier(session.absoluteExpires, addSeconds(authenticatedAt, lifetime.absoluteTimeout));
  const idleEnd = lifetime.idleTimeout === null ? session.expires : addSeconds(updatedAt, lifetime.idleTimeout);
  return { ...session, absoluteExpires, expires: earlier(earlier(session.expires, idleEnd), absoluteExpires) };
}

/** The instant, cut to its whole second: a JWT knows no finer one. */
export function wholeSecond(instant: Date): Date {
  return new Date(epochSeconds(instant) * 1000);
}

/** Whole seconds since 1970, as JWT claims count them (RFC 7519 §2, NumericDate). */
export function epochSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

/** Most days whose text is kept. */
const DAY_MEMO_SIZE = 1024;
const dayTexts = new Map<number, string>();

/**
 * ISO 8601 text of a whole second, as `Date.prototype.toISOString` writes it. Keeps the texts of days, because making the whole
 * anew costs a read of a session a tenth of its time.
 */
export function isoSecond(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  const rest = seconds - day * 86_400;
  return `${dayText(day)}${twoDigits(Math.floor(rest / 3600))}:${twoDigits(Math.floor(rest / 60) % 60)}:${twoDigits(rest % 60)}.000Z`;
}

function dayText(day: number): string {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  if (dayTexts.size >= DAY_MEMO_SIZE) dayTexts.clear();
  const text = new Date(day * 86_400_000).toISOString().slice(0, 11);
  dayTexts.set(day, text);
  return text;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

export function addSeconds(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000);
}

export function earlier(a: Date, b: Date): Date {
  return a.getTime() < b.getTime() ? a : b;
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
