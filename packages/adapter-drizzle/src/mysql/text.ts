/** Text in a statement of mysql2, which Drizzle has it write between quotes. */
import type { Statement } from "@latchkey/core/sql";

/** Text that means the same within quotes on every server. */
const PLAIN = /^[\w .,:;@+/=$()-]*$/;

/**
 * Puts all other text into the statement as hexadecimal digits: mysql2 escapes by backslashes, which a server with the mode
 * NO_BACKSLASH_ESCAPES takes for text, so that a quote in an e-mail address would end the string.
 */
export function withoutQuotes(statement: Statement): Statement {
  if (!statement.values.some(needsDigits)) return statement;
  const strings = [statement.strings[0] ?? ""];
  const values: unknown[] = [];
  for (const [index, value] of statement.values.entries()) {
    const text = statement.strings[index + 1] ?? "";
    if (needsDigits(value)) strings.push(`${strings.pop()}_utf8mb4 X'${hexOf(value)}'${text}`);
    else {
      values.push(value);
      strings.push(text);
    }
  }
  return { strings, values, answers: statement.answers };
}

function needsDigits(value: unknown): value is string {
  return typeof value === "string" && !PLAIN.test(value);
}

function hexOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
