/** Senders for development: what would be sent is printed. */
import { AuthError } from "@latchkey/core";
import { checkEmail, checkSms } from "./message.js";
import type { EmailSender, SmsSender } from "./sender.js";

/** Prints one block of lines. @default `console.log` */
export type Print = (block: string) => void;

/**
 * Prints mails, links and codes and all, in place of sending them.
 *
 * @throws AuthError `config_invalid` when `NODE_ENV` is `"production"`: logs are no place for what signs people in
 */
export function consoleEmail(print: Print = printToConsole): EmailSender {
  refuseProduction("consoleEmail");
  return {
    async send(message) {
      const { to, subject, text } = checkEmail(message);
      print(block(`mail to ${to}: ${subject}`, text));
    },
  };
}

/**
 * Prints texts in place of sending them.
 *
 * @throws AuthError `config_invalid` when `NODE_ENV` is `"production"`
 */
export function consoleSms(print: Print = printToConsole): SmsSender {
  refuseProduction("consoleSms");
  return {
    async send(message) {
      checkSms(message);
      print(block(`text to ${message.to}`, message.text));
    },
  };
}

function printToConsole(text: string): void {
  console.log(text);
}

/** Each line has its bar, so that none of a message can pass for a line of the log (R-L2). */
function block(title: string, text: string): string {
  const lines = text.trimEnd().split(/\r?\n/).map(printable);
  return [`┌ ${printable(title)}`, ...lines.map((line) => `│ ${line}`.trimEnd()), "└"].join("\n");
}

/** Controls are written out: a terminal obeys them. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (control) => `\\u{${control.codePointAt(0)?.toString(16)}}`);
}

/** Read at the call: an import must not depend on the environment, and not every runtime has a `process`. */
function refuseProduction(sender: string): void {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  if (process?.env?.NODE_ENV === "production")
    throw new AuthError(
      "config_invalid",
      `${sender} prints links and codes into the log; use a real one in production`,
    );
}
