/** Runs the built command as its own process. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
export const BIN = path.join(PACKAGE, "dist/main.js");

export interface Ran {
  code: number | null;
  out: string;
  err: string;
  /** Of `--json`. */
  json(): Record<string, unknown>;
}

/** The environment of tests, without what would change the outcome. */
function cleanEnv(env: Record<string, string>): NodeJS.ProcessEnv {
  const { DATABASE_URL: _url, NO_COLOR: _noColor, FORCE_COLOR: _color, AUTH_SECRET: _secret, ...rest } = process.env;
  return { ...rest, ...env };
}

/** @param options `cwd` is a folder of the test's own */
export async function latchkey(
  args: readonly string[],
  { cwd, env = {}, bin = BIN }: { cwd: string; env?: Record<string, string>; bin?: string },
): Promise<Ran> {
  return run(process.execPath, [bin, ...args], { cwd, env });
}

/** Runs a program to its end. @param input What it reads */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, env = {}, input = "" }: { cwd: string; env?: Record<string, string>; input?: string },
): Promise<Ran> {
  const child = spawn(program, args, { cwd, env: cleanEnv(env), stdio: ["pipe", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (piece) => {
    out += piece;
  });
  child.stderr.on("data", (piece) => {
    err += piece;
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, out, err, json: () => parse(out, err) };
}

function parse(out: string, err: string): Record<string, unknown> {
  if (out === "") throw new Error(`no JSON: ${err}`);
  return JSON.parse(out) as Record<string, unknown>;
}

/** A folder inside of this package, so that imports of its packages work from there. Gone when the test is over. */
export async function newFolder(files: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(path.join(PACKAGE, "test/.app-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}
