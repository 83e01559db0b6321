/** Bounded time for what is not ours: callbacks, hooks, databases. */
import type { MaybePromise } from "../model.js";

/**
 * Waits for a result, but not for ever.
 *
 * @param seconds Longest wait
 * @param onTimeout Makes the error to throw when the time is up; the work itself cannot be stopped, its result is dropped
 */
export function withDeadline<T>(work: MaybePromise<T>, seconds: number, onTimeout: () => Error): MaybePromise<T> {
  if (!isPromise(work)) return work;
  let timer: ReturnType<typeof setTimeout>;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(onTimeout()), seconds * 1000);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
