/** The app's options for a sender, checked once, at start. */
import { AuthError, normalizeEmail } from "@latchkey/core";
import { requireUrl } from "../oauth/endpoints.js";
import { isLine } from "./message.js";

/** What may stand in a header (RFC 9110 §5.5) without any quoting. */
export const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
/** `Name <address>`, or the address alone (RFC 5322 §3.4); quotes around the name are not part of it. */
const MAILBOX = /^(?:"?(?<name>[^"<>]*?)"?\s*<(?<inner>[^<>\s]+)>|(?<bare>[^<>\s]+))$/u;

/** @throws AuthError `config_invalid` for a misspelt option, which would otherwise be silently left out */
export function refuseUnknown(sender: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options ?? {}).find((name) => !known.includes(name));
  requireThat(unknown === undefined, sender, `${unknown} is not an option. Options: ${known.join(", ")}`);
}

/** @throws AuthError `config_invalid`, naming the option and not its value */
export function requireOption(sender: string, name: string, value: unknown, format?: RegExp): string {
  requireThat(isLine(value), sender, `${name} is missing, or not one line of text`);
  requireThat(format === undefined || format.test(String(value)), sender, `${name} is not of the right form`);
  return String(value);
}

/**
 * @returns the URL without a slash at its end
 * @throws AuthError `config_invalid` unless it is https, or one of this machine
 */
export function requireBaseUrl(sender: string, value: string): string {
  return requireUrl(value, sender, "baseUrl").href.replace(/\/$/, "");
}

/** @throws AuthError `config_invalid` */
export function requireThat(holds: boolean, sender: string, what: string): void {
  if (!holds) throw new AuthError("config_invalid", `${sender}: ${what}`);
}

/** @throws AuthError `config_invalid` unless it is `"Name <address>"` or an address */
export function requireMailbox(sender: string, value: unknown): { name: string; address: string } {
  const { name = "", inner, bare } = MAILBOX.exec(requireOption(sender, "from", value))?.groups ?? {};
  const address = inner ?? bare ?? "";
  requireThat(isAddress(address), sender, 'from must be "Name <address>" or an address');
  return { name, address };
}

function isAddress(value: string): boolean {
  try {
    return normalizeEmail(value) !== "";
  } catch {
    return false;
  }
}
