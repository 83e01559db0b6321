/** The moments of one request at which its process can be ended. */
import type { Adapter } from "@latchkey/core";
import type { Method } from "../engine/adapters.js";
import type { Around } from "./driver.js";

/** Milliseconds for which a frozen process waits for its end. */
const PATIENCE = 60_000;

/** Where a request stands. */
export interface Moment {
  /** Such as `"in createSession, before COMMIT"`. */
  where: string;
  /** The calls of the adapter that have done their work. */
  done: Method[];
}

/**
 * Counts the moments of a request and stops it at one of them for good.
 *
 * A moment is the time before a statement, and the time before the answer. So each is also the time after the statement before:
 * between the two nothing of the request leaves the process. As every call of the adapter sends statements, the moments before and
 * after each call are among them, and those in the midst of each transaction.
 */
export class Moments {
  readonly #at: number;
  readonly #tell: (moment: Moment) => void;
  readonly #done: Method[] = [];
  #under: Method[] = [];
  #passed = 0;

  /** @param at The moment to stop at, counted from 1 */
  constructor(at: number, tell: (moment: Moment) => void) {
    this.#at = at;
    this.#tell = tell;
  }

  /** The calls that have done their work, in order. */
  get done(): Method[] {
    return [...this.#done];
  }

  /** Passes a moment; or stays there for ever, and then nothing that comes later passes either. */
  async pass(where: string): Promise<void> {
    if (this.#isReached(where)) await new Promise<never>(() => {});
  }

  /** {@link pass} for a driver that does not wait: the whole process stays there. */
  passNow(where: string): void {
    if (!this.#isReached(where)) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE);
    // Whoever should have ended it is gone.
    process.exit(1);
  }

  readonly around: Around = async (text, run) => {
    await this.pass(`before ${text}`);
    return run();
  };

  /** Notes which calls are under way and which are done. */
  noting(adapter: Adapter): Adapter {
    return new Proxy(adapter, {
      get: (target, name: Method) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          this.#under.push(name);
          const result = await method.apply(target, args);
          this.#under = this.#under.filter((one) => one !== name);
          this.#done.push(name);
          return result;
        };
      },
    });
  }

  #isReached(where: string): boolean {
    this.#passed++;
    if (this.#passed === this.#at) this.#tell({ where: this.#name(where), done: this.done });
    return this.#passed >= this.#at;
  }

  #name(where: string): string {
    return this.#under.length === 0 ? where : `in ${this.#under.join(", ")}, ${where}`;
  }
}
