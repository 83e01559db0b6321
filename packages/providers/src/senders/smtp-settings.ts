/** The app's options for a mail server, checked once, at start. */
import { AuthError } from "@latchkey/core";
import { refuseUnknown, requireMailbox, requireOption, requireThat } from "./options.js";

export interface SmtpOptions {
  /**
   * All of the server in one: `smtp://user:password@host:587`, or `smtps:` for TLS from the first byte. What is
   * special in a password is percent-encoded.
   */
  url?: string;
  /** Name or address of the server. In place of `url`. */
  host?: string;
  /** @default 465 with `secure`, else 587 (RFC 8314 §3.3, RFC 6409 §3.1) */
  port?: number;
  /** TLS from the first byte, in place of STARTTLS. @default false */
  secure?: boolean;
  /** Left out where the server wants none. */
  auth?: { user: string; pass: string };
  /** `"Acme <hello@acme.com>"`, or an address alone. */
  from: string;
  /**
   * Without TLS everybody on the way reads the links and codes, and the password of `auth`: `"required"` sends nothing
   * before it stands (RFC 3207), `"off"` does without.
   *
   * @default "required"; "off" for a server on this machine
   */
  tls?: "required" | "off";
  /** PEM certificates to trust in place of the system's: for a server whose certificate is its own, or a company's. */
  ca?: string | string[];
}

/** What every option came to. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
  readonly from: { readonly name: string; readonly address: string };
  readonly tls: "required" | "off";
  readonly ca: string | string[] | undefined;
}

const OPTIONS = ["url", "host", "port", "secure", "auth", "from", "tls", "ca"];
const HOST = /^[A-Za-z0-9.-]+$|^[0-9A-Fa-f:.]+$/;
/** RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

/** @throws AuthError `config_invalid`, naming the option and never a value: a URL has the password in it */
export function resolveSmtp(options: SmtpOptions): SmtpSettings {
  refuseUnknown("smtp", options, OPTIONS);
  const { url, from, ca, ...rest } = options ?? {};
  const server = url === undefined ? rest : { ...serverOf(url, rest), tls: rest.tls };
  const { secure = false, port = secure ? 465 : 587, auth } = server;
  const host = requireOption("smtp", "host", server.host, HOST);
  requireThat(Number.isInteger(port) && port > 0 && port < 65_536, "smtp", "port must be a number from 1 to 65535");
  const tls = server.tls ?? (LOOPBACK.test(host) && !secure ? "off" : "required");
  requireThat(tls === "required" || tls === "off", "smtp", 'tls must be "required" or "off"');
  requireThat(tls === "required" || !secure, "smtp", 'secure is TLS: it cannot be with tls: "off"');
  return { host, port, secure, auth: auth && requireAuth(auth), from: requireMailbox("smtp", from), tls, ca };
}

function requireAuth({ user, pass }: { user: string; pass: string }): { user: string; pass: string } {
  return { user: requireOption("smtp", "auth.user", user), pass: requireOption("smtp", "auth.pass", pass) };
}

function serverOf(text: string, rest: object): Pick<SmtpOptions, "host" | "port" | "secure" | "auth"> {
  const { host, port, secure, auth } = rest as SmtpOptions;
  const isAlone = [host, port, secure, auth].every((option) => option === undefined);
  requireThat(isAlone, "smtp", "url is in place of host, port, secure and auth");
  requireThat(URL.canParse(text), "smtp", "url must be smtp://user:password@host:port");
  const url = new URL(text);
  const hasNoMore = url.search === "" && url.hash === "" && (url.pathname === "" || url.pathname === "/");
  requireThat(/^smtps?:$/.test(url.protocol) && hasNoMore, "smtp", "url must be smtp://user:password@host:port");
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    secure: url.protocol === "smtps:",
    ...(url.port !== "" && { port: Number(url.port) }),
    ...(url.username !== "" && { auth: { user: decoded(url.username), pass: decoded(url.password) } }),
  };
}

/** @throws AuthError `config_invalid`: what `decodeURIComponent` throws would quote the password */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AuthError("config_invalid", "smtp: url must have user and password percent-encoded");
  }
}
