/** Times several pieces of work in turn, so that whatever else the machine does falls on all of them. */

/**
 * @param {Record<string, () => unknown>} cases each does its work once and may return a promise
 * @param {{ rounds: number, calls: number }} size
 * @returns {Promise<Record<string, number>>} microseconds per call, the median of the rounds
 */
export async function interleave(cases, { rounds, calls }) {
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, work] of Object.entries(cases)) {
      const time = await timeOf(work, calls);
      if (round >= 0) times[name]?.push(time); // The first two rounds warm the compiler up.
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** @param {() => unknown} work @param {number} calls */
async function timeOf(work, calls) {
  const start = process.hrtime.bigint();
  for (let call = 0; call < calls; call++) {
    const result = work();
    if (result instanceof Promise) await result;
  }
  return Number(process.hrtime.bigint() - start) / 1000 / calls;
}

/** @param {number[]} values */
export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
