import { expect, test } from "vitest";
import { type Attempt, afterAttempt } from "../../../src/webhooks/after-attempt.ts";
import type { Outcome } from "../../../src/webhooks/outcome.ts";
import { standardPolicy } from "../../../src/webhooks/policy.ts";

const now = Date.parse("2026-11-22T10:00:00.000Z");
const hour = 3_600_000;
const second = 1_000;

const answered = (status: number, retryAfterMs: number | null = null): Outcome => ({
  kind: "answered",
  status,
  retryAfterMs,
});
const hung: Outcome = { kind: "unanswered", fault: "timed-out" };
const first: Attempt = {
  outcome: hung,
  attempts: 0,
  health: { failures: 0, failingSince: null },
  now,
  random: 0,
};
const failing = (failures: number, hours = 1) => ({ failures, failingSince: now - hours * hour });

const failingOften = { health: failing(1_000) };

/** "due in 5 s, timed-out; rests 30 s; disabled: failing". "put off" if the receiver asked for the time. */
function say({ delivery, restMs, disabled, error }: ReturnType<typeof afterAttempt>): string {
  const state =
    delivery.state === "pending"
      ? `${delivery.isPutOff ? "put off" : "due in"} ${delivery.dueInMs / second} s`
      : delivery.state;
  const rest = restMs === null ? "" : `; rests ${restMs / second} s`;
  return `${state}, ${error}${rest}${disabled === null ? "" : `; disabled: ${disabled}`}`;
}

// when …, with this attempt, the next step is …
const cases: [string, Partial<Attempt>, string][] = [
  ["the receiver accepts it", { outcome: answered(204) }, "delivered, null"],
  ["the first attempt times out", {}, "due in 5 s, timed-out"],
  ["the second is refused", { outcome: answered(500), attempts: 1 }, "due in 300 s, refused-by-receiver"],
  ["the receiver redirects", { outcome: answered(301) }, "due in 5 s, refused-by-receiver"],
  ["jitter adds up to a tenth", { random: 1 }, "due in 5.5 s, timed-out"],
  ["the ninth attempt fails", { attempts: 8, health: failing(1) }, "due in 86400 s, timed-out"],
  ["the tenth attempt fails", { attempts: 9, health: failing(1) }, "failed, timed-out"],
  ["the endpoint is gone", { outcome: answered(410) }, "due in 0 s, gone; disabled: gone"],
  ["the endpoint failed four times before", { health: failing(4) }, "due in 5 s, timed-out; rests 30 s"],
  ["the endpoint failed six times before", { health: failing(6) }, "due in 5 s, timed-out; rests 120 s"],
  ["it failed a thousand times before", failingOften, "due in 5 s, timed-out; rests 3600 s"],
  [
    "the endpoint has failed for three days",
    { health: failing(40, 72) },
    "due in 5 s, timed-out; rests 3600 s; disabled: failing",
  ],
  [
    "the endpoint has failed for three days, and this was the last attempt",
    { attempts: 9, health: failing(40, 76) },
    "due in 0 s, timed-out; rests 3600 s; disabled: failing",
  ],
  [
    "a status other than 429 and 503 has Retry-After",
    { outcome: answered(500, 7_000) },
    "due in 5 s, refused-by-receiver",
  ],
];
test.for(cases)("when %s", ([, attempt, expected]) => {
  expect(say(afterAttempt({ ...first, ...attempt }, standardPolicy))).toBe(expected);
});

// when the receiver asks for a pause …, in this answer and with these fields, the next step is …
const pauses: [string, Outcome, Partial<Attempt>, string][] = [
  ["of seven seconds", answered(429, 7_000), {}, "put off 7 s, put-off; rests 7 s"],
  ["after the tenth attempt", answered(503, 7_000), { attempts: 9 }, "put off 7 s, put-off; rests 7 s"],
  ["of a year", answered(503, 9_000 * hour), {}, "put off 86400 s, put-off; rests 86400 s"],
  ["of zero", answered(429, 0), {}, "put off 1 s, put-off; rests 1 s"],
  ["of zero, again and again", answered(503, 0), failingOften, "put off 3600 s, put-off; rests 3600 s"],
  [
    "longer than the back-off",
    answered(503, 2 * hour),
    failingOften,
    "put off 7200 s, put-off; rests 7200 s",
  ],
  [
    "for three days",
    answered(429, 7_000),
    { attempts: 9, health: failing(2_000, 72) },
    "put off 3600 s, put-off; rests 3600 s; disabled: failing",
  ],
  ["without a length", answered(429), {}, "due in 5 s, refused-by-receiver"],
];
test.for(pauses)("when the receiver asks for a pause %s", ([, outcome, attempt, expected]) => {
  expect(say(afterAttempt({ ...first, ...attempt, outcome }, standardPolicy))).toBe(expected);
});

test("consecutive failures are counted from the first, and one success resets the count", () => {
  const failed = afterAttempt(first, standardPolicy);
  expect(failed.health).toEqual({ failures: 1, failingSince: now });
  const again = afterAttempt({ ...first, health: failed.health, now: now + hour }, standardPolicy);
  expect(again.health).toEqual({ failures: 2, failingSince: now });
  const taken = afterAttempt({ ...first, health: again.health, outcome: answered(200) }, standardPolicy);
  expect(taken.health).toEqual({ failures: 0, failingSince: null });
});

test("the schedule is that of Standard Webhooks: ten attempts in more than three days", () => {
  const total = standardPolicy.waitsMs.reduce((sum, wait) => sum + wait, 0);
  expect(standardPolicy.waitsMs).toHaveLength(10);
  expect(total / hour).toBeCloseTo(75.58, 1);
  expect(standardPolicy.disableAfterMs).toBeLessThan(total);
});
