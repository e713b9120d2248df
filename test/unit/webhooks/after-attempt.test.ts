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
const pending = (dueInMs: number, isPutOff = false) => ({ state: "pending", dueInMs, isPutOff });

// when …, with this attempt: the delivery is …, the endpoint rests for … ms, is disabled because …, and the error is …
const cases: [string, Partial<Attempt>, object, number | null, string | null, string | null][] = [
  ["the receiver accepts it", { outcome: answered(204) }, { state: "delivered" }, null, null, null],
  ["the first attempt times out", {}, pending(5 * second), null, null, "timed-out"],
  [
    "the second attempt is refused",
    { outcome: answered(500), attempts: 1 },
    pending(300 * second),
    null,
    null,
    "refused-by-receiver",
  ],
  [
    "the receiver redirects",
    { outcome: answered(301) },
    pending(5 * second),
    null,
    null,
    "refused-by-receiver",
  ],
  ["jitter adds up to a tenth", { random: 1 }, pending(5.5 * second), null, null, "timed-out"],
  [
    "the ninth attempt fails",
    { attempts: 8, health: failing(1) },
    pending(24 * hour),
    null,
    null,
    "timed-out",
  ],
  [
    "the tenth attempt fails",
    { attempts: 9, health: failing(1) },
    { state: "failed" },
    null,
    null,
    "timed-out",
  ],
  ["the endpoint is gone", { outcome: answered(410) }, pending(0), null, "gone", "gone"],
  [
    "the endpoint failed four times before",
    { health: failing(4) },
    pending(5 * second),
    30 * second,
    null,
    "timed-out",
  ],
  [
    "the endpoint failed six times before",
    { health: failing(6) },
    pending(5 * second),
    120 * second,
    null,
    "timed-out",
  ],
  [
    "the endpoint failed a thousand times before",
    { health: failing(1_000) },
    pending(5 * second),
    hour,
    null,
    "timed-out",
  ],
  [
    "the endpoint has failed for three days",
    { health: failing(40, 72) },
    pending(5 * second),
    hour,
    "failing",
    "timed-out",
  ],
  [
    "the endpoint has failed for three days, and this was the last attempt",
    { attempts: 9, health: failing(40, 76) },
    pending(0),
    hour,
    "failing",
    "timed-out",
  ],
  [
    "the receiver asks for a pause",
    { outcome: answered(429, 7_000) },
    pending(7_000, true),
    7_000,
    null,
    "put-off",
  ],
  [
    "the receiver asks for a pause after the tenth attempt",
    { outcome: answered(503, 7_000), attempts: 9 },
    pending(7_000, true),
    7_000,
    null,
    "put-off",
  ],
  [
    "the receiver asks for a pause of a year",
    { outcome: answered(503, 9_000 * hour) },
    pending(24 * hour, true),
    24 * hour,
    null,
    "put-off",
  ],
  [
    "the receiver asks for a pause of zero",
    { outcome: answered(429, 0) },
    pending(second, true),
    second,
    null,
    "put-off",
  ],
  [
    "the receiver asks for a pause of zero again and again",
    { outcome: answered(503, 0), health: failing(1_000) },
    pending(hour, true),
    hour,
    null,
    "put-off",
  ],
  [
    "the receiver asks for a pause longer than the back-off",
    { outcome: answered(503, 2 * hour), health: failing(1_000) },
    pending(2 * hour, true),
    2 * hour,
    null,
    "put-off",
  ],
  [
    "the receiver has asked for pauses for three days",
    { outcome: answered(429, 7_000), attempts: 9, health: failing(2_000, 72) },
    pending(hour, true),
    hour,
    "failing",
    "put-off",
  ],
  [
    "the receiver asks for a pause without a length",
    { outcome: answered(429) },
    pending(5 * second),
    null,
    null,
    "refused-by-receiver",
  ],
  [
    "a status other than 429 and 503 has Retry-After",
    { outcome: answered(500, 7_000) },
    pending(5 * second),
    null,
    null,
    "refused-by-receiver",
  ],
];

test.for(cases)("when %s", ([, attempt, delivery, restMs, disabled, error]) => {
  const next = afterAttempt({ ...first, ...attempt }, standardPolicy);
  expect(next).toMatchObject({ restMs, disabled, error });
  expect(next.delivery).toEqual(delivery);
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
