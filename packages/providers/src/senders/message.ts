/**
 * What a message must be before it leaves: one recipient, and nothing that could end a header and begin another
 * (CWE-93).
 */
import { AuthError, normalizeEmail } from "@latchkey/core";
import type { EmailMessage, SmsMessage } from "./sender.js";

/**
 * RFC 5322 §2.2: no CR, no LF. The other controls, and what some take for line ends, have no place in one line either.
 */
const NOT_ONE_LINE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
/** The shape of RFC 5646 §2.1. */
const LANGUAGE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/;
const ID = /^[\x21-\x7e]{1,256}$/;
/** ITU-T E.164 §6.2.1: at most 15 digits, the first of them no zero. */
const E164 = /^\+[1-9]\d{6,14}$/;
/** Lines may end in a text; there is no other control in one. */
const NOT_TEXT = /[^\P{Cc}\n]|\p{Cs}/u;

/**
 * @returns the message, its address in the one form that the core stores
 * @throws AuthError `request_invalid`, naming the field and not what was in it
 */
export function checkEmail(message: EmailMessage): EmailMessage {
  const { subject, text, html, language, id } = message;
  refuseUnless(isLine(subject), "the subject of a mail must be one line of text");
  refuseUnless(isText(text) && isText(html), "a mail needs text and html");
  refuseUnless(language === undefined || LANGUAGE.test(language), "the language of a mail must be a language tag");
  refuseUnless(id === undefined || ID.test(id), "the id of a mail must be 1 to 256 visible ASCII characters");
  return { ...message, to: normalizeEmail(message.to) };
}

/** @throws AuthError `request_invalid`, naming the field and not what was in it */
export function checkSms({ to, text }: SmsMessage): void {
  refuseUnless(typeof to === "string" && E164.test(to), "the recipient of a text must be a phone number in E.164");
  refuseUnless(isText(text) && !NOT_TEXT.test(text), "a text must have text in it, and no control characters");
}

/** True for a text in one line, with something in it. */
export function isLine(value: unknown): value is string {
  return isText(value) && !NOT_ONE_LINE.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function refuseUnless(holds: boolean, what: string): void {
  if (!holds) throw new AuthError("request_invalid", what);
}
