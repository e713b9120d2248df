import { expect, test } from "vitest";
import { describeSeconds } from "../../../../src/domain/sources/duration.ts";
import {
  type Arrival,
  describeSilence,
  measureClock,
  usualPauseSeconds,
} from "../../../../src/domain/sources/rhythm.ts";

const start = Date.parse("2026-11-22T10:00:00.000Z");
const at = (seconds: number) => new Date(start + Math.round(seconds * 1000));
/** An event of the time `occurred` that was received at `received`, in seconds. */
const came = (occurred: number, received: number, clockAdjusted = false): Arrival => ({
  occurredAt: at(occurred),
  receivedAt: at(received),
  clockAdjusted,
});

const ahead = (seconds: number) => ({ aheadAtLeastSeconds: seconds, behindAtMostSeconds: null });
const behind = (seconds: number) => ({ aheadAtLeastSeconds: null, behindAtMostSeconds: seconds });

// if …, the clock is …
const clocks: [string, readonly Arrival[], object | null][] = [
  ["there are no events", [], null],
  ["no event has its own time", [came(5, 5), came(9, 9)], null],
  [
    "reports take 0.2 s and longer",
    [came(0, 0.2), came(5, 7), came(9, 9)],
    { ...behind(0.2), measuredOn: 2 },
  ],
  ["one has a time after its receipt", [came(0, 0.2), came(8.2, 5)], { ...ahead(3.2), measuredOn: 2 }],
  ["times have whole seconds", [came(4.999, 4.5), came(7.999, 7.1)], { ...behind(0.1), measuredOn: 2 }],
  ["a time was adjusted to the receipt", [came(5, 5, true)], { ...ahead(300), measuredOn: 1, setBack: 1 }],
];
test.for(clocks)("the clock is measured if %s", ([, arrivals, clock]) => {
  expect(measureClock(arrivals)).toEqual(clock === null ? null : { setBack: 0, ...clock });
});

test("the usual pause is the median pause between calls, not between branches", () => {
  const calls = Array.from({ length: 11 }, (_, i) => came(i * 240, i * 240 + 1));
  const branches = calls.map(({ occurredAt, receivedAt, clockAdjusted }) => ({
    occurredAt: new Date(occurredAt.getTime() + 400),
    receivedAt,
    clockAdjusted,
  }));
  const [night] = [came(12 * 3600, 12 * 3600)];
  expect(usualPauseSeconds([...calls, ...branches, night])).toBe(239.6);
  expect(usualPauseSeconds(calls.slice(1))).toBeNull();
});

// seconds without an event, usual pause in seconds, whether that is unusual, description
const silences: [number, number | null, boolean, string][] = [
  [26 * 3600, 240, true, "nothing for 26 h, usually every 4 min"],
  [2400, 240, false, "nothing for 40 min, usually every 4 min"],
  [2401, 240, true, "nothing for 40 min, usually every 4 min"],
  [600, 3, false, "nothing for 10 min, usually every 3 s"],
  [601, 3, true, "nothing for 10 min, usually every 3 s"],
  [90_000, null, false, "nothing for 25 h"],
];
test.for(silences)(
  "a silence of %d s is described, if the usual pause is %d s",
  ([seconds, usualSeconds, isUnusual, text]) => {
    const silence = describeSilence(at(0), at(seconds), usualSeconds);
    expect(silence).toEqual({ since: at(0), seconds, usualSeconds, isUnusual, text });
  },
);

test("a silence is never negative", () => {
  expect(describeSilence(at(1), at(0), null).seconds).toBe(0);
});

test.for([
  [0, "0 s"],
  [3.2, "3.2 s"],
  [119, "119 s"],
  [120, "2 min"],
  [7199, "119 min"],
  [7200, "2 h"],
  [172_799, "47 h"],
  [172_800, "2 days"],
] as const)("%d s is written as %s", ([seconds, text]) => {
  expect(describeSeconds(seconds)).toBe(text);
});
