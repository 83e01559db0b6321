/** What templates are given, made fit to be read: one line, no hidden characters, a link that is one. */
import { AuthError } from "@latchkey/core";
import type { Language, Unit } from "./words.js";

/** Controls end lines; the marks of direction (Unicode TR9 §2) show one text and are another. */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
/** Code points. */
const MAX_LINE = 100;
const MAX_NAME = 40;
/**
 * Letters, and what joins them. No digit, slash or dot before a letter: mail programs make links of those, and whoever
 * signs up another's address also chooses the name in the mail.
 */
const NAME = /^\p{L}[\p{L}\p{M}'’\- ]*(\.( [\p{L}\p{M}'’\- ]*|$))*$/u;

/** One line, of a length that can be read. */
export function lineOf(text: string, max = MAX_LINE): string {
  const line = text.replace(HIDDEN, " ").replace(/ +/g, " ").trim();
  return [...line].slice(0, max).join("");
}

/** @returns null for what does not look like a name: it is left out */
export function nameOf(name: string | null | undefined): string | null {
  const text = (name ?? "").trim();
  return [...text].length <= MAX_NAME && NAME.test(text) ? text : null;
}

/**
 * @throws AuthError `config_invalid` unless it is an http or https URL: it comes of the configured base URL, never of
 *   the request (R-A9)
 */
export function linkOf(url: string): string {
  const { protocol, href } = URL.canParse(url) ? new URL(url) : { protocol: "", href: "" };
  if (protocol === "https:" || protocol === "http:") return href;
  throw new AuthError("config_invalid", "the link of a mail must be an http or https URL");
}

/**
 * In the largest unit that says it exactly; never longer than it is, but for what is shorter than a minute.
 *
 * @param seconds above zero
 */
export function lifetimeOf(seconds: number, { lifetime }: Language): string {
  const units: readonly [Unit, number][] = [
    ["day", 86_400],
    ["hour", 3600],
  ];
  const [unit, length] = units.find(([, size]) => seconds % size === 0) ?? (["minute", 60] as const);
  return lifetime(Math.max(1, Math.floor(seconds / length)), unit);
}

/** In UTC: where the reader is, nobody knows. */
export function instantOf(at: Date, { locale }: Language): string {
  const format = { dateStyle: "long", timeStyle: "short", hourCycle: "h23", timeZone: "UTC" } as const;
  return `${new Intl.DateTimeFormat(locale, format).format(at)} UTC`;
}
