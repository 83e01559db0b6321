/** E-mail addresses: one spelling for each, or none. */
import { AuthError } from "./errors.js";

/** RFC 5321 §4.5.3.1.3: a path of 256 octets with its angle brackets. */
const MAX_LENGTH = 254;
/** The dot-atom form of RFC 5322 §3.4.1, letters of all scripts allowed (RFC 6531), and a domain of labels. */
const ADDRESS =
  /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?(\.[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?)+$/u;

/**
 * The form in which addresses are stored and compared: NFKC, then lower case, then checked (R-A12).
 *
 * @throws AuthError `request_invalid` unless it is exactly one address
 */
export function normalizeEmail(value: unknown): string {
  const address = typeof value === "string" ? value.trim().normalize("NFKC").toLowerCase() : "";
  if (address.length <= MAX_LENGTH && ADDRESS.test(address)) return address;
  throw new AuthError("request_invalid", "email must be one e-mail address");
}
