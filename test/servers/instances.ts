/** Starts instances of an app as processes, gives them tasks, and ends them: at their leisure or in the middle of it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import type { Answered, FromInstance, Outcome, Settings, Task, ToInstance } from "./tasks.js";

/** Beside the packages that the script imports. */
const FOLDER = path.join(import.meta.dirname, "../../node_modules/.cache/latchkey-test");

export class Instance {
  readonly #child: ChildProcess;
  #stderr = "";
  #tasks = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.on("data", (piece: Buffer) => {
      this.#stderr += piece;
    });
  }

  static async start(script: string, settings: Settings): Promise<Instance> {
    const child = fork(script, {
      serialization: "advanced",
      execArgv: [],
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    const instance = new Instance(child);
    const ready = instance.#message("ready");
    instance.#tell({ kind: "start", settings });
    await ready;
    return instance;
  }

  /** @param onReport is told each answer as it comes, where the task says so */
  async run(task: Task, onReport?: (answer: Answered) => void): Promise<Outcome> {
    const listener = (message: FromInstance) => message.kind === "report" && onReport?.(message.answer);
    this.#child.on("message", listener);
    const id = ++this.#tasks;
    const told = this.#message("outcome", (message) => message.id === id);
    this.#tell({ kind: "task", id, task });
    try {
      return (await told).outcome;
    } finally {
      this.#child.off("message", listener);
    }
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }

  /** Closes its database. @returns its exit code and what it wrote to stderr: a process that nothing keeps alive ends by itself (I11) */
  async stop(): Promise<{ code: number; stderr: string }> {
    const gone = once(this.#child, "exit");
    this.#tell({ kind: "stop" });
    const [code] = (await gone) as [number];
    return { code, stderr: this.#stderr };
  }

  #message<K extends FromInstance["kind"]>(
    kind: K,
    isMeant: (message: FromInstance & { kind: K }) => boolean = () => true,
  ): Promise<FromInstance & { kind: K }> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error(`the instance ended before it said ${kind}: ${this.#stderr}`));
      const onMessage = (message: FromInstance) => {
        if (message.kind !== kind || !isMeant(message as FromInstance & { kind: K })) return;
        this.#child.off("exit", onExit);
        this.#child.off("message", onMessage);
        resolve(message as FromInstance & { kind: K });
      };
      this.#child.on("message", onMessage);
      this.#child.once("exit", onExit);
    });
  }

  #tell(message: ToInstance): void {
    this.#child.send(message);
  }
}

/** @param entry Its source, in this folder. @returns the path of a script that plain Node runs, and what removes it */
export async function buildInstance(entry = "instance.ts"): Promise<{ script: string; remove(): void }> {
  mkdirSync(FOLDER, { recursive: true });
  const script = path.join(FOLDER, `instance-${process.pid}-${Math.random().toString(36).slice(2)}.mjs`);
  await build({
    entryPoints: [path.join(import.meta.dirname, entry)],
    outfile: script,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
  });
  return { script, remove: () => rmSync(script) };
}
