/** The example as its users start it: a process of its own, with a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createClient, type InArgs } from "@libsql/client";

const GREETING = /^Latchkey example: .*$(?=\n)/m;
const MAIN = path.join(import.meta.dirname, "../dist/main.js");

export const STRATEGIES = ["database", "jwt"] as const;

export interface StartOptions {
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

/** What a process wrote and how it ended. */
export interface Exit {
  code: number | null;
  output: string;
}

export interface ExampleApp {
  url: string;
  /** The line that it wrote when it was ready. */
  greeting: string;
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

const processes: ChildProcess[] = [];
const folders: string[] = [];

/** Ends what this file's tests started and removes what they wrote: for `afterAll`. */
export function cleanUp(): void {
  for (const process of processes.splice(0)) process.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "latchkey-example-"));
  folders.push(folder);
  return folder;
}

/** Starts the app on a free port and waits for its address. @throws Error with its output when it ends instead */
export async function startApp(folder: string, { args = [], env = {} }: StartOptions = {}): Promise<ExampleApp> {
  const { process: app, exit, output } = launch(folder, args, { PORT: "0", ...env });
  const ended = exit.then(({ output }) => {
    throw new Error(`the example ended: ${output}`);
  });
  // Once it runs, its end is what `stop` waits for.
  ended.catch(() => {});
  // The package of the provider says on Node 20 that it supports Node 22 and later: that line comes first.
  while (!GREETING.test(output())) await Promise.race([once(app.stdout ?? app, "data"), ended]);
  const [greeting = ""] = GREETING.exec(output()) ?? [];
  return {
    url: greeting.replace("Latchkey example: ", ""),
    greeting,
    stop(signal = "SIGTERM") {
      app.kill(signal);
      return exit;
    },
  };
}

/** Runs the app where it is expected to end by itself. */
export function runApp(folder: string, { args = [], env = {} }: StartOptions = {}): Promise<Exit> {
  return launch(folder, args, { PORT: "0", ...env }).exit;
}

function launch(folder: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const { AUTH_SECRET: _, DATABASE_URL: __, LATCHKEY_OIDC: ___, ...inherited } = process.env;
  const app: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...inherited, DATABASE_FILE: path.join(folder, "app.db"), ...env },
  });
  processes.push(app);
  let output = "";
  for (const stream of [app.stdout, app.stderr]) {
    stream?.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const exit = once(app, "close").then(([code]): Exit => ({ code: code as number | null, output }));
  return { process: app, exit, output: () => output };
}

/** Runs SQL on the app's database through a connection of its own, as an administrator would. */
export async function sql(folder: string, statement: string, args: InArgs = []) {
  const client = createClient({ url: pathToFileURL(path.join(folder, "app.db")).href, timeout: 2000 });
  try {
    return await client.execute({ sql: statement, args });
  } finally {
    client.close();
  }
}
