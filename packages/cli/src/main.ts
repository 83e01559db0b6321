#!/usr/bin/env node
/** The command line: finds the command, runs it, and turns what it throws into a sentence and an exit code. */
import { readFileSync } from "node:fs";
import { type Command, helpOf, MISUSED, OK, readArgs, WRONG } from "./command.js";
import { doctor } from "./commands/doctor.js";
import { migrate } from "./commands/migrate.js";
import { schema } from "./commands/schema.js";
import { secret } from "./commands/secret.js";
import { sessions } from "./commands/sessions.js";
import { loadEnvFiles } from "./config/env-files.js";
import { createPaint, processTerminal } from "./output.js";
import { messageOf, Problem, UsageError } from "./problem.js";

const COMMANDS: readonly Command[] = [secret, schema, migrate, doctor, sessions];

const OVERVIEW = [
  "The command of Latchkey: secrets, tables, a doctor, and the sessions of an app.",
  "Usage: latchkey <command> [options]",
  ["Commands:", ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`)].join("\n"),
  "latchkey <command> --help says more of one; latchkey --version prints the version.",
  "Exit codes: 0 all is well, 1 something is wrong, 2 the command was called in a wrong way.",
].join("\n\n");

async function run(argv: readonly string[], json: boolean): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(`${OVERVIEW}\n`);
    return name === undefined ? MISUSED : OK;
  }
  if (name === "--version") {
    process.stdout.write(`${version()}\n`);
    return OK;
  }
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined)
    throw new UsageError(
      `there is no command "${name}"; the commands are ${COMMANDS.map((each) => each.name).join(", ")}`,
    );
  const args = readArgs(command, rest);
  if (args.has("help")) {
    process.stdout.write(`${helpOf(command)}\n`);
    return OK;
  }
  loadEnvFiles(process.cwd());
  return command.run(args, processTerminal(json));
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}

/** A fault of this program shows where it happened; anything else is a sentence. */
function tell(thrown: unknown, json: boolean): number {
  const message = messageOf(thrown);
  const code = thrown instanceof UsageError ? MISUSED : WRONG;
  if (json) process.stdout.write(`${JSON.stringify({ error: message }, null, 2)}\n`);
  const paint = createPaint(process.stderr.isTTY === true && (process.env.NO_COLOR ?? "") === "");
  const hint = code === MISUSED ? "\nlatchkey --help shows the commands, latchkey <command> --help the options." : "";
  process.stderr.write(`${paint.red("latchkey:")} ${message}${hint}\n`);
  const isFault = thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof ReferenceError;
  if (isFault && !(thrown instanceof Problem) && process.env.DEBUG) process.stderr.write(`${thrown.stack}\n`);
  return code;
}

const argv = process.argv.slice(2);
const json = argv.includes("--json");
const code = await run(argv, json).catch((thrown: unknown) => tell(thrown, json));
// The app's config may have opened connections that nobody closes: leave as soon as everything is written.
process.stdout.write("", () => process.exit(code));
