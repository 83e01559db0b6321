/** A PostgreSQL cluster of a test's own, from the machine's binaries, that can be stopped, frozen and made read-only. */
import { execFile } from "node:child_process";
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { freePort } from "./ports.js";

const run = promisify(execFile);

/** Where Debian and Ubuntu keep each version's programs. */
const DEBIAN = "/usr/lib/postgresql";
/** Milliseconds between two looks whether a setting has come into force. */
const POLL = 20;

export interface PostgresCluster {
  readonly port: number;
  /** @param database @default "postgres" */
  url(database?: string): string;
  start(): Promise<void>;
  /** `fast` ends connections and writes all out; `immediate` is a crash, recovered from at the next start. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
  /** Stops the server and all its processes in their tracks: connections stay open, nobody answers. */
  freeze(): void;
  thaw(): void;
  /** Lets no transaction write, in no connection, from when the promise resolves. */
  readOnly(on: boolean): Promise<void>;
  /** Stops the server and removes its files. */
  dispose(): Promise<void>;
}

/** True where this machine has the programs, and the account that they ask for. */
export function isPostgresInstalled(): boolean {
  return programs() !== null && (process.getuid?.() !== 0 || accountOf("postgres") !== null);
}

/** @returns a running cluster on 127.0.0.1 that trusts everybody who connects as `postgres` */
export async function startPostgres(): Promise<PostgresCluster> {
  const folder = mkdtempSync(path.join(tmpdir(), "latchkey-postgres-"));
  const data = path.join(folder, "data");
  const port = await freePort();
  const account = process.getuid?.() === 0 ? accountOf("postgres") : null;
  if (account) chownSync(folder, account.uid, account.gid);
  const control = (...args: string[]) => runProgram("pg_ctl", ["-D", data, "-w", ...args], folder);
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200`;
  const url = (database = "postgres") => `postgres://postgres@127.0.0.1:${port}/${database}`;
  let frozen: number[] = [];

  const cluster: PostgresCluster = {
    port,
    url,
    start: () => control("-o", options, "-l", path.join(folder, "log"), "start"),
    stop: (mode = "fast") => control("-m", mode, "stop"),
    freeze() {
      const [postmaster = 0] = readFileSync(path.join(data, "postmaster.pid"), "utf8").split("\n").map(Number);
      process.kill(postmaster, "SIGSTOP");
      // The children after it, so that it can start no more meanwhile.
      frozen = [postmaster, ...childrenOf(postmaster)];
      for (const pid of frozen) process.kill(pid, "SIGSTOP");
    },
    thaw() {
      for (const pid of frozen.splice(0)) process.kill(pid, "SIGCONT");
    },
    async readOnly(on) {
      const value = on ? "on" : "off";
      await query(url(), `ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await query(url(), "SELECT pg_reload_conf()");
      // A connection that is new and has it proves that the server has told all the others.
      while ((await query(url(), "SHOW default_transaction_read_only")) !== value) await pause(POLL);
    },
    async dispose() {
      cluster.thaw();
      if (existsSync(path.join(data, "postmaster.pid"))) await cluster.stop("immediate");
      rmSync(folder, { recursive: true });
    },
  };
  await runProgram("initdb", ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], folder);
  await cluster.start();
  return cluster;
}

/** Runs one of PostgreSQL's programs; as root under the account `postgres`, for it refuses root. */
async function runProgram(name: string, args: string[], cwd: string): Promise<void> {
  const program = path.join(programs() ?? "", name);
  const [command, ...rest] =
    process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--", program, ...args] : [program, ...args];
  await run(command as string, rest, { cwd });
}

/** The folder of the newest PostgreSQL; null where there is none. */
function programs(): string | null {
  const installed = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...installed.map((version) => path.join(DEBIAN, version, "bin")), ...searchPath()];
  return folders.find((folder) => ["initdb", "pg_ctl", "postgres"].every((name) => isProgram(folder, name))) ?? null;
}

function searchPath(): string[] {
  return (process.env.PATH ?? "").split(path.delimiter);
}

function isProgram(folder: string, name: string): boolean {
  try {
    accessSync(path.join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function accountOf(name: string): { uid: number; gid: number } | null {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [uid, gid] = line?.split(":").slice(2, 4).map(Number) ?? [];
  return uid === undefined || gid === undefined ? null : { uid, gid };
}

/** The processes that a process has started, from `/proc`. */
function childrenOf(parent: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | null {
  try {
    // proc(5): the name of the program, in brackets, may hold anything; state and parent follow it.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(parent);
  } catch {
    // It has ended since it was listed.
    return null;
  }
}

/** @returns the first value of the first row */
async function query(connectionString: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
