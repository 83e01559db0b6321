/** What commands write: text for people, or one JSON value for programs. Colours on terminals alone. */
import { createInterface } from "node:readline/promises";
import { UsageError } from "./problem.js";

/** Where a command writes, and what it knows of its surroundings. */
export interface Terminal {
  /** `--json`: the result is the only thing on standard output. */
  readonly json: boolean;
  /** The folder that relative paths begin at. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paint: Paint;
  /** Writes the result: `text` for people, `value` for programs. */
  result(value: unknown, text: string): void;
  /** Writes for people; nothing with `--json`. */
  say(text: string): void;
  /**
   * Asks a question that only "y" and "yes" answer with true.
   *
   * @param skip The option that answers it beforehand
   * @throws UsageError where nobody sits at a terminal
   */
  confirm(question: string, skip: string): Promise<boolean>;
}

/** Text in colours, or as it is. */
export type Paint = Record<keyof typeof COLOURS, (text: string) => string>;

const COLOURS = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;

export function createPaint(coloured: boolean): Paint {
  const paints = Object.entries(COLOURS).map(([name, code]) => [
    name,
    (text: string) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text),
  ]);
  return Object.fromEntries(paints) as Paint;
}

/** The terminal of this process. */
export function processTerminal(json: boolean): Terminal {
  const { env } = process;
  const coloured = process.stdout.isTTY === true && (env.NO_COLOR ?? "") === "" && !json;
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  return {
    json,
    cwd: process.cwd(),
    env,
    paint: createPaint(coloured),
    result: (value, text) => print(json ? JSON.stringify(value, null, 2) : text),
    say: (text) => (json ? undefined : print(text)),
    confirm: (question, skip) => confirm(question, skip, json),
  };
}

async function confirm(question: string, skip: string, json: boolean): Promise<boolean> {
  if (json || process.stdin.isTTY !== true || process.stdout.isTTY !== true)
    throw new UsageError(`nobody is there to answer "${question}": say it beforehand with ${skip}`);
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
  } finally {
    reader.close();
  }
}

/** Rows under headings, columns as wide as they need. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [headings, ...rows].map(line).join("\n");
}
