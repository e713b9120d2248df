import fc from "fast-check";
import { test } from "vitest";

type Values = [unknown, ...unknown[]];
type Law = <Ts extends Values>(
  name: string,
  of: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
  holds: (...values: Ts) => void,
) => void;

/** Makes tests of laws: each holds for this number of random values. */
export function lawsOver(numRuns: number): Law {
  return (name, of, holds) => {
    // oxlint-disable-next-line vitest/valid-title -- the name of the law
    test(name, () => {
      fc.assert(fc.property(...of, holds), { numRuns });
    });
  };
}
