/** The session cookie: its settings, how it is read and how it is written. The one file over the `cookie` package. */
import { parseCookie, stringifySetCookie } from "cookie";
import { COOKIE_DEFAULTS, DEFAULTS, MAX_COOKIE_AGE } from "./defaults.js";
import { AuthError } from "./errors.js";

interface CommonCookieOptions {
  /** Hides the cookie from `document.cookie`. @default true */
  httpOnly?: boolean;
  /** CHIPS: a separate jar for each top-level site. Needs `secure`. @default false */
  partitioned?: boolean;
}

type SameSiteOptions =
  | { /** When a cross-site request carries the cookie. @default "lax" */ sameSite?: "strict" | "lax" }
  /** `"none"` needs `secure` (RFC 6265bis §5.7). */
  | { sameSite: "none"; secure?: true };

type PrefixOptions =
  | {
      prefix?: undefined;
      /** HTTPS only. @default true, except where `baseUrl` is plain http on this machine */
      secure?: boolean;
      /** Shares the session with subdomains: `"example.com"`. @default this host alone */
      domain?: string;
      /** @default "/" */
      path?: string;
    }
  /** `__Secure-`: set over HTTPS (RFC 6265bis §4.1.3.1). */
  | { prefix: "secure"; secure?: true; domain?: string; path?: string }
  /** `__Host-`: set over HTTPS by this very host, for all paths (RFC 6265bis §4.1.3.2). Recommended. */
  | { prefix: "host"; secure?: true; domain?: undefined; path?: "/" };

/** Attributes of the session cookie. Combinations that browsers refuse do not compile, and throw at start. */
export type CookieOptions = CommonCookieOptions & SameSiteOptions & PrefixOptions;

/** The cookie as it is used: name with its prefix, older names still read, attributes. */
export interface CookieSettings {
  readonly name: string;
  readonly acceptNames: readonly string[];
  readonly attributes: {
    readonly httpOnly: boolean;
    readonly secure: boolean;
    readonly sameSite: "strict" | "lax" | "none";
    readonly path: string;
    readonly domain: string | undefined;
    readonly partitioned: boolean;
  };
}

/** RFC 6265bis §5.6: name and value together; longer cookies are dropped by the browser without a word. */
const MAX_COOKIE_SIZE = 4096;

const PREFIXES = { host: "__Host-", secure: "__Secure-" } as const;
/** RFC 9110 §5.6.2 token, which RFC 6265 §4.1.1 asks of a name. */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 6265 §4.1.1 path-value: no control character, no semicolon. */
const PATH = /^\/[\x20-\x3a\x3c-\x7e]*$/;
const DOMAIN = /^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/i;

/**
 * Checks the options and fills in the defaults.
 *
 * @param baseUrl Where the app is served; plain http on the loopback turns `secure` and the prefix off (R-C11)
 * @throws AuthError `config_invalid`, naming the option
 */
export function resolveCookie(
  options: CookieOptions = {},
  cookieName: string = DEFAULTS.cookieName,
  acceptCookieNames: readonly string[] = [],
  baseUrl?: URL,
): CookieSettings {
  const { domain, partitioned = false, prefix } = options;
  const httpOnly = options.httpOnly ?? COOKIE_DEFAULTS.httpOnly;
  const sameSite = options.sameSite ?? COOKIE_DEFAULTS.sameSite;
  const path = options.path ?? COOKIE_DEFAULTS.path;
  const local = baseUrl?.protocol === "http:" && isLoopback(baseUrl.hostname);
  const secure = options.secure ?? (local ? false : COOKIE_DEFAULTS.secure);

  refuseUnless(
    COOKIE_NAME.test(cookieName) && !/^__/.test(cookieName),
    'session.cookieName must be a token without a prefix; use cookieOptions.prefix: "host" for __Host-',
  );
  refuseUnless(
    acceptCookieNames.every((name) => COOKIE_NAME.test(name)),
    "session.acceptCookieNames must be cookie names",
  );
  refuseUnless(prefix === undefined || prefix in PREFIXES, 'session.cookieOptions.prefix must be "host" or "secure"');
  refuseUnless(
    ["strict", "lax", "none"].includes(sameSite),
    'session.cookieOptions.sameSite must be "strict", "lax" or "none"',
  );
  refuseUnless(PATH.test(path), 'session.cookieOptions.path must begin with "/"');
  refuseUnless(domain === undefined || DOMAIN.test(domain), "session.cookieOptions.domain must be a host name");
  refuseUnless(secure || sameSite !== "none", 'session.cookieOptions.sameSite "none" needs secure: true');
  refuseUnless(secure || !partitioned, "session.cookieOptions.partitioned needs secure: true");
  refuseUnless(secure || local || prefix === undefined, "session.cookieOptions.prefix needs secure: true");
  refuseUnless(
    prefix !== "host" || (domain === undefined && path === "/"),
    'session.cookieOptions.prefix "host" allows no domain, and only path "/"',
  );
  refuseUnless(
    !secure || baseUrl === undefined || baseUrl.protocol === "https:" || isLoopback(baseUrl.hostname),
    `baseUrl is ${baseUrl?.origin}: browsers do not keep a Secure cookie from plain http. Serve over https, or set session.cookieOptions.secure to false`,
  );

  const name = secure && prefix !== undefined ? PREFIXES[prefix] + cookieName : cookieName;
  return {
    name,
    acceptNames: acceptCookieNames,
    attributes: { httpOnly, secure, sameSite, path, domain, partitioned },
  };
}

/** What a request says of the session cookie. */
export type CookieReading = { token: string } | "absent" | "conflicting";

/**
 * Finds the session token in a `Cookie` header. Never throws, whatever the header holds.
 *
 * @returns `"conflicting"` when the name comes more than once with different values: nobody can tell whose is right (R-C8)
 */
export function readCookie(header: string | null, settings: CookieSettings): CookieReading {
  if (header === null) return "absent";
  const current = valuesOf(header, settings.name);
  if (current.length > 0 || settings.acceptNames.length === 0) return readingOf(current);
  for (const name of settings.acceptNames) {
    const older = valuesOf(header, name);
    if (older.length > 0) return readingOf(older);
  }
  return "absent";
}

function readingOf(values: readonly string[]): CookieReading {
  if (values.length > 1) return "conflicting";
  const [token = ""] = values;
  return token === "" ? "absent" : { token };
}

/** Every token that a request presents: under the current name and the accepted older ones, conflicting or not. */
export function presentedTokens(header: string | null, settings: CookieSettings): string[] {
  if (header === null) return [];
  const values = [settings.name, ...settings.acceptNames].flatMap((name) => valuesOf(header, name));
  return [...new Set(values)].filter((token) => token !== "");
}

/** The distinct values of one cookie. Only pairs that hold the name are parsed, however long the header is. */
function valuesOf(header: string, name: string): string[] {
  const values: string[] = [];
  let end = 0;
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, end)) {
    const semicolon = header.indexOf(";", at);
    end = semicolon === -1 ? header.length : semicolon;
    const value = parseCookie(header.slice(header.lastIndexOf(";", at) + 1, end), RAW)[name];
    if (value !== undefined && !values.includes(value)) values.push(value);
  }
  return values;
}

/** Tokens need no decoding, and with it one token could be spelled in many ways. */
const RAW = { decode: (value: string) => value };

/** @param maxAge Remaining life in seconds; the cookie never outlives 400 days (RFC 6265bis §5.5) */
export function writeCookie(token: string, maxAge: number, settings: CookieSettings): string {
  const age = Math.min(Math.max(0, Math.floor(maxAge)), MAX_COOKIE_AGE);
  return stringifySetCookie({ name: settings.name, value: token, ...settings.attributes, maxAge: age });
}

/** Deletes the cookie: same name, path and domain, no age, and a date in the past for clients without `Max-Age`. */
export function clearCookie(settings: CookieSettings): string {
  return stringifySetCookie({
    name: settings.name,
    value: "",
    ...settings.attributes,
    maxAge: 0,
    expires: new Date(0),
  });
}

/** Deletes the cookie under the accepted older names, too: otherwise the older one would count again. */
export function clearAllCookies(settings: CookieSettings): string[] {
  return [clearCookie(settings), ...clearOlderCookies(settings)];
}

/** Deletes the cookies of accepted older names. */
export function clearOlderCookies(settings: CookieSettings): string[] {
  return settings.acceptNames.map((name) =>
    clearCookie({ ...settings, name, attributes: attributesFor(name, settings) }),
  );
}

/** What browsers ask of a name with a prefix (RFC 6265bis §4.1.3). */
function attributesFor(name: string, { attributes }: CookieSettings): CookieSettings["attributes"] {
  if (name.startsWith(PREFIXES.host)) return { ...attributes, secure: true, path: "/", domain: undefined };
  return name.startsWith(PREFIXES.secure) ? { ...attributes, secure: true } : attributes;
}

/**
 * Refuses a token that browsers would drop.
 *
 * @param claims named with their sizes in the error, so that one sees which to move elsewhere
 * @throws AuthError `session_too_large`
 */
export function refuseOversized(token: string, claims: Record<string, unknown>, settings: CookieSettings): void {
  const size = settings.name.length + token.length;
  if (size <= MAX_COOKIE_SIZE) return;
  const sizes = Object.entries(claims)
    .map(([name, value]) => [name, new TextEncoder().encode(JSON.stringify(value) ?? "").length] as const)
    .sort(([, a], [, b]) => b - a)
    .map(([name, bytes]) => `${name} ${bytes}`);
  throw new AuthError(
    "session_too_large",
    `the session cookie would have ${size} bytes and browsers keep ${MAX_COOKIE_SIZE}. Bytes by claim: ${sizes.join(", ")}.`,
  );
}

/** True for names and addresses of this machine (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

function refuseUnless(condition: boolean, detail: string): void {
  if (!condition) throw new AuthError("config_invalid", detail);
}
