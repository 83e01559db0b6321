/** Keeps requests from piling up before a database that does not answer (F-5). */

/** Calls without an answer, one after the other, from which on no further ones are sent: as many as a pool commonly has connections. */
const MAX_UNANSWERED = 10;
/** Milliseconds after which one call is let through, to see whether the database is back. */
const TRY_EVERY = 1000;

export class Silence {
  /** Calls that ran out of time since the database last answered one. */
  #unanswered = 0;
  #triedAt = 0;

  /** True while the database is silent, but for one call in a second. */
  refusesCalls(): boolean {
    if (this.#unanswered < MAX_UNANSWERED) return false;
    const now = performance.now();
    if (now - this.#triedAt < TRY_EVERY) return true;
    this.#triedAt = now;
    return false;
  }

  /** A call ran out of time. That it fails in the end is no answer: the driver gave up, too. */
  add(call: Promise<unknown>): void {
    this.#unanswered++;
    call.then(
      () => this.end(),
      () => {},
    );
  }

  /** The database answered, in time or late. */
  end(): void {
    this.#unanswered = 0;
  }
}
