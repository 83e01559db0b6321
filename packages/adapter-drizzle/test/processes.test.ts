/** Several processes on one SQLite file: the limit of sessions holds among them, and nobody gets an error. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openFile } from "./sqlite.js";

const SCRIPT = fileURLToPath(new URL("./sign-in-process.mjs", import.meta.url));
/** Sign-ins of each process; 50 together. */
const SIGN_INS = [17, 17, 16];
const NOW = new Date("2026-03-01T12:00:00.123Z");

interface Outcome {
  errors: string[];
  created: number;
}

test.each([
  // policy, journal, sessions created
  ["evict-oldest", "DELETE", 50],
  ["evict-oldest", "WAL", 50],
  ["reject", "DELETE", 3],
  ["reject", "WAL", 3],
])(
  "R-S16: 50 sign-ins in 3 processes at once, %s, journal %s: three sessions live, no error",
  async (policy, journal, created) => {
    const { adapter, client, close } = await openFile();
    onTestFinished(close);
    await client.execute(`PRAGMA journal_mode = ${journal}`);
    await adapter.createUser({ id: "user-1", createdAt: NOW, updatedAt: NOW });
    const [file] = (await client.execute("PRAGMA database_list")).rows;

    const processes = await Promise.all(SIGN_INS.map((count, i) => start(String(file?.file), `p${i}`, count, policy)));
    const outcomes = await Promise.all(processes.map(signIn));

    expect(outcomes.flatMap(({ errors }) => errors)).toEqual([]);
    expect(outcomes.reduce((total, outcome) => total + outcome.created, 0)).toBe(created);
    expect((await client.execute("SELECT count(*) AS n FROM sessions")).rows[0]?.n).toBe(3);
  },
);

/** Starts a process and waits until it has loaded everything, so that all begin together. */
async function start(file: string, prefix: string, count: number, policy: string): Promise<ChildProcess> {
  const child = fork(SCRIPT, [file, prefix, String(count), policy]);
  onTestFinished(() => {
    child.kill();
  });
  await once(child, "message");
  return child;
}

async function signIn(child: ChildProcess): Promise<Outcome> {
  child.send("go");
  const [outcome] = await once(child, "message");
  await once(child, "exit");
  return outcome as Outcome;
}
