/** Starts instances of an app as processes, gives them requests to stand still in, and kills them. */
import { type ChildProcess, fork, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import type { Target } from "./driver.js";
import type { FromInstance, Order, ToInstance, Told } from "./instance.js";

/** Beside the packages that the script imports. */
const FOLDER = path.join(import.meta.dirname, "../../node_modules/.cache/latchkey-test");

const STDIO: StdioOptions = ["ignore", "pipe", "inherit", "ipc"];

export class DoomedInstance {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#gone = once(child, "exit");
    // Every request listens until it stands still.
    child.setMaxListeners(0);
    // A process that is frozen can still write.
    if (child.stdout) createInterface(child.stdout).on("line", (line) => child.emit("message", JSON.parse(line)));
  }

  static async start(script: string, target: Target): Promise<DoomedInstance> {
    const instance = new DoomedInstance(fork(script, { serialization: "advanced", execArgv: [], stdio: STDIO }));
    await instance.#ask({ kind: "start", target }, ({ kind }) => kind === "ready");
    return instance;
  }

  /** @returns once the request stands at its moment, or has been answered */
  async run(order: Order): Promise<Told> {
    const { id } = order.scene.person;
    const answer = await this.#ask({ kind: "run", order }, (from) => from.kind === "told" && from.personId === id);
    return (answer as FromInstance & { kind: "told" }).told;
  }

  /** Ends it as a power cut does. @returns once the process is gone */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#gone;
  }

  /** @throws Error when the instance fails or ends before it answers */
  #ask(message: ToInstance, isAnswer: (from: FromInstance) => boolean): Promise<FromInstance> {
    return new Promise((resolve, reject) => {
      const listen = (from: FromInstance) => {
        if (from.kind === "failed") reject(new Error(from.reason));
        if (!isAnswer(from)) return;
        this.#child.off("message", listen);
        resolve(from);
      };
      this.#child.on("message", listen);
      this.#gone.then(() => reject(new Error("the instance ended by itself")), reject);
      this.#child.send(message);
    });
  }
}

/** Instances on one database. One more than is asked for is always under way: starting takes longer than dying. */
export class DoomedInstances {
  readonly #start: () => Promise<DoomedInstance>;
  #next: Promise<DoomedInstance>;

  constructor(script: string, target: Target) {
    this.#start = () => DoomedInstance.start(script, target);
    this.#next = this.#start();
  }

  take(): Promise<DoomedInstance> {
    const taken = this.#next;
    this.#next = this.#start();
    return taken;
  }

  async close(): Promise<void> {
    await (await this.#next).kill();
  }
}

/** @returns the path of a script that plain Node runs, and what removes it */
export async function buildInstance(): Promise<{ script: string; remove(): void }> {
  mkdirSync(FOLDER, { recursive: true });
  const script = path.join(FOLDER, `doomed-${process.pid}-${Math.random().toString(36).slice(2)}.mjs`);
  await build({
    entryPoints: [path.join(import.meta.dirname, "instance.ts")],
    outfile: script,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
  });
  return { script, remove: () => rmSync(script) };
}
