/** Runs a function when it is its turn. */
export type Gate = <T>(run: () => Promise<T>) => Promise<T>;

/** Lets at most `limit` functions run at a time; the others wait in order. */
export function buildGate(limit: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await run();
    } finally {
      // The next in line takes over the place, so `running` stays the same.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
