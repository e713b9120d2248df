/** Random numbers that are the same for the same seed. */
export interface Chance {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  shuffle<T>(items: readonly T[]): T[];
}

/** A generator for tests (mulberry32). */
export function chance(seed: number): Chance {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  const shuffle = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, order: below(2 ** 31) }))
      .toSorted((a, b) => a.order - b.order)
      .map(({ item }) => item);
  return { below, shuffle };
}
