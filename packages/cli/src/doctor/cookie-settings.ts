/** The settings of the session cookie, held against the base URL. */
import type { SessionSettings } from "@latchkey/core/doctor";
import { type Finding, findingsOf } from "./finding.js";

const { ok, warning, problem } = findingsOf("cookie");

/** Recommends `prefix` (R-C1) and `encrypt` (R-C10), which are not the defaults. */
export function checkCookieSettings({ cookie, baseUrl, strategy, encrypt }: SessionSettings): Finding[] {
  const { name, attributes } = cookie;
  const shown = Object.entries(attributes).flatMap(([attribute, value]) =>
    value === false || value === undefined ? [] : [value === true ? attribute : `${attribute}=${value}`],
  );
  const isLocal = baseUrl?.protocol === "http:" && !attributes.secure;
  return [
    ok(`"${name}" is set with ${shown.join(", ")}`),
    ...checkBaseUrl(baseUrl),
    ...checkAttributes(attributes, isLocal),
    ...(isLocal ? [] : checkPrefix(name, attributes)),
    ...(strategy === "jwt" && !encrypt
      ? [
          warning(
            "the token shows the user's name and e-mail to whoever has the cookie: session.encrypt: true hides them",
          ),
        ]
      : []),
  ];
}

function checkBaseUrl(baseUrl: URL | null): Finding[] {
  if (baseUrl === null)
    return [
      warning("baseUrl is not set: with it the origin check is exact, and the cookie settings can be held against it"),
    ];
  const isPlain =
    baseUrl.protocol === "http:" && !/^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(baseUrl.hostname);
  return isPlain
    ? [problem(`baseUrl is ${baseUrl.origin}: whoever is on the way can take sessions from plain http`)]
    : [];
}

type Attributes = SessionSettings["cookie"]["attributes"];

function checkAttributes({ secure, httpOnly, sameSite }: Attributes, isLocal: boolean): Finding[] {
  return [
    ...(secure || isLocal
      ? []
      : [problem("session.cookieOptions.secure is false: browsers send the cookie over plain http, too")]),
    ...(httpOnly
      ? []
      : [problem("session.cookieOptions.httpOnly is false: a script that gets into a page takes the session")]),
    ...(sameSite === "none"
      ? [warning('session.cookieOptions.sameSite is "none": pages of other sites send the cookie, too')]
      : []),
  ];
}

function checkPrefix(name: string, { domain }: Attributes): Finding[] {
  if (name.startsWith("__Host-")) return [];
  if (domain !== undefined) {
    const advice = 'session.cookieOptions.prefix: "secure" keeps plain http from setting it';
    return name.startsWith("__Secure-") ? [] : [warning(`the cookie is shared with all hosts of ${domain}; ${advice}`)];
  }
  return [
    warning('another host of the domain can set this cookie: session.cookieOptions.prefix: "host" keeps it from that'),
  ];
}
