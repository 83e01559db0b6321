/** Clocks that the processes of one machine share. */

/** 2026-01-01T00:00:00Z */
export const START = Date.UTC(2026, 0, 1);

/** Microseconds on a clock that nobody sets. */
export function machineTime(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * A clock for apps.
 *
 * @param origin When it showed {@link START}, in {@link machineTime}
 * @param speed Seconds of it in a second: 1000 puts a second between two refreshes that are a millisecond apart
 */
export function clockFrom(origin: number, speed: number): () => number {
  return () => START + Math.floor(((machineTime() - origin) / 1000) * speed);
}
