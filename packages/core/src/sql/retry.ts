/** Another try after a deadlock or a failed serialisation. */
import { isTransient } from "./errors.js";
import { safeCause } from "./safe-cause.js";

const MAX_RETRIES = 3;
/** Milliseconds before the first retry, at most; twice as many before each further one. */
const FIRST_WAIT = 20;

/** From 0 to 1, at random, so that two that met do not meet again. */
function fraction(): number {
  return (crypto.getRandomValues(new Uint8Array(1))[0] as number) / 255;
}

/**
 * Runs a statement or a transaction again, up to three times, when the database undid it because of another one. Nothing of it
 * stood then, so that it may run again whatever it does.
 *
 * @throws what the driver says, without the values of the statement
 */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried >= MAX_RETRIES || !isTransient(error)) throw safeCause(error);
      const longest = FIRST_WAIT * 2 ** tried;
      await new Promise((resolve) => setTimeout(resolve, longest * fraction()));
    }
  }
}
