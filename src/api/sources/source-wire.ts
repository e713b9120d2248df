import type { Static } from "typebox";
import { readMapping } from "../../dialects/generic/mapping.ts";
import type { VerdictCode } from "../../domain/rules/rules.ts";
import { describeSilence, measureClock, usualPauseSeconds } from "../../domain/sources/rhythm.ts";
import { type SourceActivity as Activity, maxCounted } from "../../store/sources/activity.ts";
import type { SourceRow } from "../../store/sources/sources.ts";
import type { TallyKind } from "../../store/sources/tallies.ts";
import type { Source, SourceActivity } from "../../wire/sources.ts";

export function sourceToWire(row: SourceRow): Static<typeof Source> {
  const { id, name, dialect, mode, mapping, pausedAt, trustedPath, createdAt } = row;
  return {
    id,
    name,
    dialect,
    mode,
    mapping: readMapping(mapping),
    pausedAt: pausedAt?.toISOString() ?? null,
    trustedPath,
    createdAt: createdAt.toISOString(),
  };
}

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
            id: last.id,
            status: last.status,
            requestUri: last.requestUri,
            occurredAt: last.occurredAt.toISOString(),
            receivedAt: last.receivedAt.toISOString(),
            verdict: last.verdict,
            rule: last.rule,
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

/** The latest request, with events or without. */
function lastReceiptOf({ arrivals, tallies }: Activity): Date | null {
  const requests = tallies.filter(({ kind }) => kind === "received").map(({ lastAt }) => lastAt);
  const receipts = [...requests, ...arrivals.map(({ receivedAt }) => receivedAt)];
  return receipts.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null;
}

function countsOf({ counts }: Activity, period: "lastHour" | "lastDay") {
  const count = (verdict: VerdictCode | null) =>
    counts.find((each) => each.verdict === verdict)?.[period] ?? 0;
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
