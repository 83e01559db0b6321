/** What a command is, and how its arguments are read. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Terminal } from "./output.js";
import { UsageError } from "./problem.js";

/** The command did what it was asked, and nothing is wrong. */
export const OK = 0;
/** Something is wrong with what the command looked at. */
export const WRONG = 1;
/** The command was called in a wrong way. */
export const MISUSED = 2;

export interface Option {
  /** What stands for the value in the help; a switch has none. */
  value?: string;
  /** Without a full stop. */
  help: string;
}

export interface Command {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** What follows the name: `"<sessionId>"`. Empty for commands without such. */
  readonly positionals?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Paragraphs below the options. */
  readonly notes?: string;
  /** @returns the exit code. @throws Problem */
  run(args: Args, terminal: Terminal): Promise<number>;
}

/** The arguments of one call. */
export class Args {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  has(option: string): boolean {
    return this.#values[option] === true;
  }

  /** @throws UsageError for an empty value */
  value(option: string): string | undefined {
    const value = this.#values[option];
    if (value === "") throw new UsageError(`--${option} is empty`);
    return typeof value === "string" ? value : undefined;
  }

  /** @throws UsageError unless the value is one of `choices` */
  oneOf<const T extends string>(option: string, choices: readonly T[]): T | undefined {
    const value = this.value(option);
    const known = choices.find((choice) => choice === value);
    if (value !== undefined && known === undefined)
      throw new UsageError(`--${option} must be ${choices.join(", ")}, not "${value}"`);
    return known;
  }

  /** @throws UsageError unless the value is a whole number, at least 1 */
  count(option: string): number | undefined {
    const value = this.value(option);
    if (value === undefined) return undefined;
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new UsageError(`--${option} must be a whole number, at least 1`);
    return Number(value);
  }
}

/** Options of every command. */
const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  json: { help: "print one JSON value, for programs" },
  help: { help: "print this help" },
};

/** @throws UsageError, naming what is not known */
export function readArgs(command: Command, argv: readonly string[]): Args {
  const options: ParseArgsConfig["options"] = {};
  for (const [name, { value }] of Object.entries({ ...command.options, ...COMMON_OPTIONS }))
    options[name] = { type: value === undefined ? "boolean" : "string", ...(name === "help" && { short: "h" }) };
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    if (positionals.length > 0 && command.positionals === undefined)
      throw new UsageError("only options are expected here");
    return new Args(values, positionals);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof TypeError)) throw error;
    // Node explains positionals that begin with a dash at length; its first sentence says what is wrong.
    throw new UsageError(error.message.split(/\.\s/, 1)[0] ?? error.message);
  }
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const usage = ["latchkey", command.name, command.positionals ?? "", "[options]"].filter((part) => part !== "");
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(
    ([name, { value, help }]) => [value === undefined ? `--${name}` : `--${name} ${value}`, help] as const,
  );
  const width = Math.max(...options.map(([option]) => option.length));
  return [
    `${command.summary.slice(0, 1).toUpperCase()}${command.summary.slice(1)}.`,
    `Usage: ${usage.join(" ")}`,
    ["Options:", ...options.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`)].join("\n"),
    ...(command.notes === undefined ? [] : [command.notes]),
  ].join("\n\n");
}
