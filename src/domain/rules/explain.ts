import { describeSeconds } from "../sources/duration.ts";
import { findRule } from "./rules.ts";

/** The part of an event that its explanation needs. */
export interface ExplainedEvent {
  readonly source: string;
  readonly status: number;
  readonly reason: string | null;
  readonly requestUri: string;
  /** Where a 301 leads, null where it leads nowhere. */
  readonly targetUri: string | null;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  readonly clockAdjusted: boolean;
}

/** The outcome of the event on one address. */
export interface ExplainedOutcome {
  readonly code: string;
  readonly rule: string;
  /** When a person or an import last set the address. */
  readonly assertedAt: Date;
}

/** Two to five sentences for a person: what was reported, what it means, its effect, and what would change that. */
export function explain(
  event: ExplainedEvent,
  verdict: { readonly code: string; readonly rule: string },
  outcomes: readonly ExplainedOutcome[],
): readonly string[] {
  const text = findRule(verdict.rule)?.text;
  return [
    describeReport(event),
    ...(text === undefined ? [] : [text.summary]),
    ...describeMoment(event, verdict.rule, outcomes),
    ...describeReach(verdict.code, outcomes),
    ...(text === undefined ? [] : [text.instead]),
  ];
}

function describeReport(event: ExplainedEvent): string {
  const answer =
    event.reason === null || event.reason === "" ? `${event.status}` : `${event.status} ${event.reason}`;
  const target = event.targetUri === null ? "" : `, with ${event.targetUri} as the new address`;
  return `The source ${event.source} reported ${answer} for ${event.requestUri} at ${event.occurredAt.toISOString()}${target}.`;
}

function describeMoment(
  event: ExplainedEvent,
  rule: string,
  outcomes: readonly ExplainedOutcome[],
): readonly string[] {
  const clock = event.clockAdjusted
    ? ["The source's clock was ahead of ours, so the time of receipt counts as the time of the call."]
    : [];
  const late = outcomes.find((outcome) => outcome.rule === rule && findRule(rule)?.code === "stale");
  return late === undefined ? clock : [...clock, ...describeLateness(event, rule, late.assertedAt)];
}

/** An assertion overrides events that happened before it or were received before it (a clock may be ahead). */
function describeLateness(event: ExplainedEvent, rule: string, assertedAt: Date): readonly string[] {
  const seconds = (assertedAt.getTime() - event.occurredAt.getTime()) / 1000;
  const set = `the address was asserted at ${assertedAt.toISOString()}`;
  if (seconds > 0) return [`The call happened ${describeSeconds(seconds)} before ${set}.`];
  if (rule !== "before-assertion") return [];
  if (seconds === 0) return [`The call happened at the same moment: ${set}.`];
  return [`The event was received before ${set}.`];
}

function describeReach(code: string, outcomes: readonly ExplainedOutcome[]): readonly string[] {
  if (outcomes.length < 2) return [];
  const same = outcomes.filter((outcome) => outcome.code === code).length;
  return [`It concerns ${outcomes.length} addresses; the verdict is ${code} for ${same} of them.`];
}
