import { type Static, Type } from "typebox";
import type { VerdictCode as Verdict } from "../../domain/rules/rules.ts";
import { describeSilence, measureClock, usualPauseSeconds } from "../../domain/sources/rhythm.ts";
import { Id, Nullable, Time } from "../../json/parts.ts";
import { type SourceActivity as Activity, maxCounted } from "../../store/sources/activity.ts";
import type { TallyKind } from "../../store/sources/tallies.ts";
import { eventId, moment } from "../book/story.ts";
import { VerdictCode } from "./events.ts";

const noVerdicts = {
  applied: 0,
  held: 0,
  recorded: 0,
  stale: 0,
  unmatched: 0,
  failed: 0,
  pending: 0,
};

const Counts = Type.Object({
  applied: Type.Integer(),
  held: Type.Integer(),
  recorded: Type.Integer(),
  stale: Type.Integer(),
  unmatched: Type.Integer(),
  failed: Type.Integer(),
  /** Not yet decided. */
  pending: Type.Integer(),
});

const Tally = Type.Object({ reason: Type.String(), times: Type.Integer(), lastAt: Time });

export const SourceActivity = Type.Object(
  {
    /** The last request, with or without events. */
    lastReceivedAt: Nullable(Time),
    /** The event with the latest `occurredAt`. */
    lastEvent: Nullable(
      Type.Object({
        id: Id,
        status: Type.Integer(),
        requestUri: Type.String(),
        occurredAt: Time,
        receivedAt: Time,
        verdict: Nullable(VerdictCode),
        rule: Nullable(Type.String()),
      }),
    ),
    lastHour: Counts,
    lastDay: Counts,
    isCapped: Type.Boolean(),
    ignored: Type.Array(Tally),
    rejected: Type.Array(Tally),
    unparsed: Type.Integer(),
    clock: Nullable(
      Type.Object({
        aheadAtLeastSeconds: Nullable(Type.Number()),
        behindAtMostSeconds: Nullable(Type.Number()),
        measuredOn: Type.Integer(),
        setBack: Type.Integer(),
      }),
    ),
    silence: Nullable(
      Type.Object({
        since: Time,
        seconds: Type.Integer(),
        usualSeconds: Nullable(Type.Number()),
        isUnusual: Type.Boolean(),
        text: Type.String(),
      }),
    ),
  },
  {
    description:
      "What a source sent recently. `lastHour` and `lastDay` count its events by verdict and by the time of the call, at most the newest 100,000 of a day (then `isCapped` is true). `ignored` and `rejected` count requests and events that were not accepted, by reason. `clock` is measured on the last 100 events. Reports arrive with a delay, so only bounds are known: the clock is ahead by at least, or behind by at most, this many seconds. It is null if no event had its own time. `silence` is unusual if it lasts ten times as long as the usual pause, and at least ten minutes.",
    examples: [
      {
        lastReceivedAt: "2026-11-22T10:00:00.090Z",
        lastEvent: {
          id: eventId,
          status: 301,
          requestUri: "sip:alice@old.example",
          occurredAt: moment,
          receivedAt: "2026-11-22T10:00:00.090Z",
          verdict: "applied",
          rule: "moved-permanently",
        },
        lastHour: { ...noVerdicts, applied: 1, unmatched: 14 },
        lastDay: { ...noVerdicts, applied: 3, recorded: 2, unmatched: 340 },
        isCapped: false,
        ignored: [{ reason: "the caller's leg of a call", times: 345, lastAt: moment }],
        rejected: [{ reason: "invalid-input: /uri is required", times: 3, lastAt: moment }],
        unparsed: 1,
        clock: { aheadAtLeastSeconds: null, behindAtMostSeconds: 0.09, measuredOn: 100, setBack: 0 },
        silence: {
          since: "2026-11-22T10:00:00.090Z",
          seconds: 93_600,
          usualSeconds: 252,
          isUnusual: true,
          text: "nothing for 26 h, usually every 4 min",
        },
      },
    ],
  },
);

export function activityToWire(activity: Activity): Static<typeof SourceActivity> {
  const { arrivals, counts, unparsed } = activity;
  const [last] = arrivals;
  const lastReceivedAt = lastReceiptOf(activity);
  return {
    lastReceivedAt: lastReceivedAt?.toISOString() ?? null,
    lastEvent:
      last === undefined
        ? null
        : {
            ...last,
            occurredAt: last.occurredAt.toISOString(),
            receivedAt: last.receivedAt.toISOString(),
          },
    lastHour: countsOf(activity, "lastHour"),
    lastDay: countsOf(activity, "lastDay"),
    isCapped: counts.reduce((sum, { lastDay }) => sum + lastDay, 0) >= maxCounted,
    ignored: talliesOf(activity, "ignored"),
    rejected: talliesOf(activity, "rejected"),
    unparsed,
    clock: measureClock(arrivals),
    silence: silenceOf(activity, lastReceivedAt),
  };
}

/** The time of the latest request, with or without events. */
function lastReceiptOf({ arrivals, tallies }: Activity): Date | null {
  const requests = tallies.filter(({ kind }) => kind === "received").map(({ lastAt }) => lastAt);
  const receipts = [...requests, ...arrivals.map(({ receivedAt }) => receivedAt)];
  return receipts.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null;
}

function countsOf({ counts }: Activity, period: "lastHour" | "lastDay") {
  const count = (verdict: Verdict | null) => counts.find((each) => each.verdict === verdict)?.[period] ?? 0;
  return {
    applied: count("applied"),
    held: count("held"),
    recorded: count("recorded"),
    stale: count("stale"),
    unmatched: count("unmatched"),
    failed: count("failed"),
    pending: count(null),
  };
}

function talliesOf({ tallies }: Activity, wanted: TallyKind) {
  return tallies
    .filter(({ kind }) => kind === wanted)
    .map(({ reason, times, lastAt }) => ({ reason, times, lastAt: lastAt.toISOString() }));
}

function silenceOf({ arrivals, now }: Activity, since: Date | null) {
  if (since === null) return null;
  const silence = describeSilence(since, now, usualPauseSeconds(arrivals));
  return { ...silence, since: since.toISOString() };
}
