/** `@latchkey/core/memory`: the reference adapter, for tests and examples. Everything is gone when the process ends. */
import type { Adapter } from "../contracts/adapter.js";
import { AuthError } from "../errors.js";
import { MemoryAdapter } from "./adapter.js";

export interface MemoryAdapterOptions {
  /**
   * Most rows of each table. A full table drops its expired rows; when there are none it takes no more, and says so
   * with `config_invalid`: a session that lives is never dropped to make room.
   *
   * @default 10000
   */
  max?: number;
}

const DEFAULT_MAX = 10_000;

/**
 * An adapter that keeps everything in this process.
 *
 * @throws AuthError `config_invalid` when `NODE_ENV` is `"production"`, or `max` is not a whole number above zero
 */
export function memoryAdapter({ max = DEFAULT_MAX }: MemoryAdapterOptions = {}): Adapter {
  refuseProduction();
  if (!Number.isSafeInteger(max) || max < 1)
    throw new AuthError("config_invalid", "memoryAdapter needs a `max` that is a whole number, at least 1");
  return new MemoryAdapter(max);
}

/** Read at the call: an import must not depend on the environment, and not every runtime has a `process`. */
function refuseProduction(): void {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  if (process?.env?.NODE_ENV === "production")
    throw new AuthError("config_invalid", "memoryAdapter forgets everything at exit; use a database in production");
}
