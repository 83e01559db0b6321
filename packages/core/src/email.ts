/** E-mail addresses: one spelling for each, or none. */
import { AuthError } from "./errors.js";

/** RFC 5321 §4.5.3.1.3: a path of 256 octets with its angle brackets. */
const MAX_BYTES = 254;
/** The dot-atom form of RFC 5322 §3.4.1 with letters of all scripts (RFC 6531); accents may be marks of their own. */
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN = /^[\p{L}\p{M}\p{N}-]+(\.[\p{L}\p{M}\p{N}-]+)+$/u;
/** What a domain is once its other scripts are written in ASCII (RFC 5890 §2.3.2.1); the last label is no number. */
const ASCII_DOMAIN = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$/;

/**
 * The form in which addresses are stored and compared: NFKC, lower case, the domain in ASCII; then checked (R-A12).
 *
 * @throws AuthError `request_invalid` unless it is exactly one address
 */
export function normalizeEmail(value: unknown): string {
  const text =
    typeof value === "string"
      ? value
          .replace(/^ +| +$/g, "")
          .normalize("NFKC")
          .toLowerCase()
          .normalize("NFKC")
      : "";
  const [local = "", domain = "", rest] = text.split("@");
  const ascii = rest === undefined && DOMAIN.test(domain) ? asciiDomain(domain) : "";
  const address = `${local}@${ascii}`;
  const fits = new TextEncoder().encode(address).length <= MAX_BYTES;
  if (fits && LOCAL_PART.test(local) && ASCII_DOMAIN.test(ascii)) return address;
  throw new AuthError("request_invalid", "email must be one e-mail address");
}

/** One domain has one form: `münchen.de` is `xn--mnchen-3ya.de`. Empty where there is none. */
function asciiDomain(domain: string): string {
  const url = `http://${domain}`;
  return URL.canParse(url) ? new URL(url).hostname : "";
}
