import { expect, test } from "vitest";
import { removalLimit, whyStopped } from "../../../../src/domain/imports/removal-limit.ts";

// active addresses, share, limit
const limits: [number, number, number][] = [
  [0, 0.02, 0],
  [1, 0.02, 1],
  [10, 0.02, 5],
  [39, 0.02, 20],
  [1000, 0.02, 20],
  [1050, 0.02, 21],
  [100_000, 0.02, 2000],
  [100_000, 0, 0],
  [30, 1, 30],
];

test.for(limits)("of %d addresses, with a share of %d, %d may be removed", ([active, share, expected]) => {
  expect(removalLimit(active, share)).toBe(expected);
});

const facts = { removed: 0, archived: 0, unread: 0, share: 0.02, limit: 20 };
const cases: [string, Partial<typeof facts>, string | null][] = [
  ["nothing is removed", {}, null],
  ["exactly the limit is removed", { removed: 20 }, null],
  ["more than the limit is removed", { removed: 21 }, "21 active addresses; the limit is 20"],
  ["too many contacts are archived", { archived: 21 }, "archive 21 contacts"],
  [
    "a contact is missing and a row cannot be read",
    { archived: 1, unread: 1 },
    "1 of its rows cannot be read",
  ],
  ["a row cannot be read and no contact is missing", { unread: 1 }, null],
];

test.for(cases)("when %s", ([, given, expected]) => {
  const why = whyStopped({ ...facts, ...given });
  if (expected === null) expect(why).toBe(null);
  else expect(why).toContain(expected);
});
