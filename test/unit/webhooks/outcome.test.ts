import { expect, test } from "vitest";
import { readRetryAfter } from "../../../src/webhooks/outcome.ts";

const now = Date.parse("2026-11-22T10:00:00.000Z");

// Retry-After: … is read as … milliseconds
const values: [string | undefined, number | null][] = [
  [undefined, null],
  ["120", 120_000],
  [" 0 ", 0],
  ["Sun, 22 Nov 2026 10:01:00 GMT", 60_000],
  ["Sun, 22 Nov 2026 09:00:00 GMT", 0],
  ["-1", null],
  ["1.5", null],
  ["soon", null],
  ["2026-11-22", null],
  ["99999999999", null],
];

test.for(values)("Retry-After: %s is read as milliseconds", ([value, expected]) => {
  expect(readRetryAfter(value, now)).toBe(expected);
});
