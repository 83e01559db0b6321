/** Errors that people read: a sentence that says what is wrong and what to do. Everything else is a fault of this program. */

/** Something is wrong with what the command was to work on. Exit code 1. */
export class Problem extends Error {
  override readonly name: string = "Problem";
}

/** The command was called in a way that it does not know. Exit code 2. */
export class UsageError extends Problem {
  override readonly name = "UsageError";
}

/** The message of whatever was thrown, with those of its causes, for one line and without passwords. */
export function messageOf(thrown: unknown): string {
  const messages: string[] = [];
  for (let error = thrown; error instanceof Error && messages.length < MAX_CAUSES; error = error.cause) {
    const message = error.message === "" ? codeOf(error) : error.message;
    if (!messages.some((known) => known.includes(message))) messages.push(message);
  }
  return withoutPasswords(messages.length === 0 ? String(thrown) : messages.join(": "));
}

const MAX_CAUSES = 4;

/** Node's error for a host with several addresses has no message, only errors of its own and a code. */
function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : error.name;
}

/** Hides what stands between a user name and a host in an address, and what tokens and passwords a query names. */
function withoutPasswords(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):\S*@/gi, "$1:***@")
    .replace(/\b((?:auth_?token|password|secret)=)[^\s&"'`]+/gi, "$1***");
}
