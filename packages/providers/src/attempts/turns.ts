/** Lets work with the same key go one after another, within one process. Knows nothing of what the work is. */
import { AuthError } from "@latchkey/core";

/** What is under way for one key. */
interface Line {
  running: number;
  waiting: (() => void)[];
}

export interface TurnsOptions {
  /** How much work of one key runs at the same time. */
  atOnce: number;
  /**
   * Milliseconds after which a caller whose turn comes is refused instead: whoever asked has gone, and a line behind a database
   * that hangs dissolves at once (F-5).
   *
   * @default 60000
   */
  maxWait?: number;
  /** Callers that may wait for one key; one more is refused at once. @default no limit */
  maxWaiting?: number;
}

const DEFAULT_MAX_WAIT = 60_000;

export class Turns {
  readonly #options: Required<TurnsOptions>;
  readonly #lines = new Map<string, Line>();

  constructor(options: TurnsOptions) {
    this.#options = { maxWait: DEFAULT_MAX_WAIT, maxWaiting: Number.POSITIVE_INFINITY, ...options };
  }

  /** Keys with work under way. */
  get size(): number {
    return this.#lines.size;
  }

  /** True while somebody waits for a turn of this key. */
  isWaiting(key: string): boolean {
    return (this.#lines.get(key)?.waiting.length ?? 0) > 0;
  }

  /** Does the work when its turn comes. @throws AuthError `unavailable` when that took longer than `maxWait`, or the line is full */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const waited = await this.#enter(key);
    try {
      if (waited > this.#options.maxWait)
        throw new AuthError("unavailable", `the turn came after ${Math.round(waited)} ms: too much is waiting`);
      return await work();
    } finally {
      this.#leave(key);
    }
  }

  /** @returns milliseconds until the turn came */
  async #enter(key: string): Promise<number> {
    const line = this.#lines.get(key) ?? { running: 0, waiting: [] };
    this.#lines.set(key, line);
    if (line.running < this.#options.atOnce) {
      line.running++;
      return 0;
    }
    if (line.waiting.length >= this.#options.maxWaiting)
      throw new AuthError("unavailable", `${line.waiting.length} callers are waiting already`);
    const since = performance.now();
    await new Promise<void>((resolve) => line.waiting.push(resolve));
    return performance.now() - since;
  }

  /** Hands the place to the next in line, so that nobody can slip in between. */
  #leave(key: string): void {
    const line = this.#lines.get(key);
    if (line === undefined) return;
    const next = line.waiting.shift();
    if (next === undefined) line.running--;
    else next();
    if (line.running === 0) this.#lines.delete(key);
  }
}
