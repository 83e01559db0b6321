/** Gathers what the limiters of one request count at the same time, so that it costs one statement. */
import type { Adapter, Attempt, AttemptCount } from "@latchkey/core";

export class CountBatch {
  readonly #adapter: Pick<Adapter, "countAttempt">;
  #attempts: Attempt[] = [];
  #counts: Promise<AttemptCount[]> | null = null;

  constructor(adapter: Pick<Adapter, "countAttempt">) {
    this.#adapter = adapter;
  }

  /**
   * Counts an attempt together with all others that are added before the caller waits for any of them. Each must be on a counter
   * of its own.
   */
  async count(attempt: Attempt): Promise<AttemptCount> {
    const place = this.#attempts.push(attempt) - 1;
    this.#counts ??= this.#send();
    return (await this.#counts)[place] as AttemptCount;
  }

  async #send(): Promise<AttemptCount[]> {
    // The code that adds attempts runs to its own wait first.
    await Promise.resolve();
    const attempts = this.#attempts;
    this.#attempts = [];
    this.#counts = null;
    return this.#adapter.countAttempt(attempts);
  }
}
