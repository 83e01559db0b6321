/** Much work, some of it at once. */

/** Does all of it, at most so many at once: whoever is done takes the next. @returns what came of each, in the order given */
export async function inBatches<T, R>(
  todo: readonly T[],
  atOnce: number,
  run: (one: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = todo.entries();
  const work = async () => {
    for (const [index, one] of queue) results[index] = await run(one, index);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
