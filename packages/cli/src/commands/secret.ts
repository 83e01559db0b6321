/** `latchkey secret` */
import { randomBytes } from "node:crypto";
import { type Command, OK } from "../command.js";
import { UsageError } from "../problem.js";

/** RFC 7518 §3.2 asks HS256 for a key of 32 bytes at least. */
const MIN_BYTES = 32;
const MAX_BYTES = 1024;

export const secret: Command = {
  name: "secret",
  summary: "print a new random secret for AUTH_SECRET",
  options: { bytes: { value: "<n>", help: `random bytes, at least ${MIN_BYTES} (default ${MIN_BYTES})` } },
  notes: [
    "The secret is base64url and goes to standard output alone: latchkey secret >> .env would lack the name, so write",
    '  echo "AUTH_SECRET=$(npx latchkey secret)" >> .env',
    "To change a secret without signing anybody out, put the new one first: secret: [new, old].",
  ].join("\n"),
  async run(args, terminal) {
    const bytes = args.count("bytes") ?? MIN_BYTES;
    if (bytes < MIN_BYTES || bytes > MAX_BYTES)
      throw new UsageError(
        `--bytes must be from ${MIN_BYTES} to ${MAX_BYTES}: HS256 needs ${MIN_BYTES} (RFC 7518 §3.2)`,
      );
    const value = randomBytes(bytes).toString("base64url");
    terminal.result({ secret: value }, value);
    return OK;
  },
};
