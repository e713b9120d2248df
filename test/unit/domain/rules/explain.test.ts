import { expect, test } from "vitest";
import { type ExplainedEvent, explain } from "../../../../src/domain/rules/explain.ts";
import { findRule, ruleCodes } from "../../../../src/domain/rules/rules.ts";

const at = (seconds: number) => new Date(Date.parse("2026-11-22T10:00:00.000Z") + seconds * 1000);
const event: ExplainedEvent = {
  source: "trunk-1",
  status: 301,
  reason: "Moved Permanently",
  requestUri: "sip:alice@old.example",
  targetUri: "sip:alice@new.example",
  occurredAt: at(0),
  receivedAt: at(1),
  clockAdjusted: false,
};

test("an explanation has the report, its meaning, and what would have changed the verdict", () => {
  expect(explain(event, { code: "held", rule: "diversion" }, [])).toEqual([
    "The source trunk-1 reported 301 Moved Permanently for sip:alice@old.example at 2026-11-22T10:00:00.000Z, with sip:alice@new.example as the new address.",
    "The answer carries a Diversion header, so it is probably call forwarding, not a move (RFC 5806).",
    "A 301 without Diversion would have been applied.",
  ]);
});

test("a report without a phrase and target is explained without them", () => {
  const [report] = explain(
    { ...event, status: 410, reason: null, targetUri: null },
    { code: "recorded", rule: "in-dialog" },
    [],
  );
  expect(report).toBe(
    "The source trunk-1 reported 410 for sip:alice@old.example at 2026-11-22T10:00:00.000Z.",
  );
});

// when the address was asserted …, the explanation of the rule … says …
const moments: [string, number, string, string | null][] = [
  [
    "3.2 s after the call",
    3.2,
    "before-assertion",
    "The call happened 3.2 s before the address was asserted at 2026-11-22T10:00:03.200Z.",
  ],
  [
    "a day after the call",
    26.5 * 3600,
    "superseded",
    "The call happened 26 h before the address was asserted at 2026-11-23T12:30:00.000Z.",
  ],
  [
    "at the same time",
    0,
    "before-assertion",
    "The call happened at the same moment: the address was asserted at 2026-11-22T10:00:00.000Z.",
  ],
  [
    "before it, with a slow clock",
    -1,
    "before-assertion",
    "The event was received before the address was asserted at 2026-11-22T09:59:59.000Z.",
  ],
  ["before it, and the address had moved on", -1, "moved-away", null],
];
test.for(moments)("an assertion %s", ([, seconds, rule, sentence]) => {
  const outcome = { code: "stale", rule, assertedAt: at(seconds) };
  const about = explain(event, { code: "stale", rule }, [outcome]).filter((each) => /asserted at/.test(each));
  expect(about).toEqual(sentence === null ? [] : [sentence]);
});

test("several addresses are counted, and an adjusted clock is mentioned", () => {
  const outcomes = ["applied", "stale", "applied"].map((code) => ({ code, rule: "gone", assertedAt: at(0) }));
  const sentences = explain({ ...event, clockAdjusted: true }, { code: "applied", rule: "gone" }, outcomes);
  expect(sentences).toContain("It concerns 3 addresses; the verdict is applied for 2 of them.");
  expect(sentences.join(" ")).toMatch(/clock was ahead/);
});

test.each(ruleCodes)("%s is explained in two to five sentences", (rule) => {
  const sentences = explain(event, { code: findRule(rule)?.code ?? "", rule }, []);
  expect(sentences.length).toBeGreaterThanOrEqual(2);
  expect(sentences.length).toBeLessThanOrEqual(5);
});
