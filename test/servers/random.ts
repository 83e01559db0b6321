/** Random numbers that a seed repeats: a run that fails can be made again. */

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  /** @throws RangeError when there is nothing to pick from */
  pick<T>(values: readonly T[]): T;
}

/** A linear congruential generator (modulus 2^32) whose high bits are used: enough to choose operations by. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick(values) {
      if (values.length === 0) throw new RangeError("nothing to pick from");
      return values[below(values.length)] as (typeof values)[number];
    },
  };
}
