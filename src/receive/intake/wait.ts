import { setTimeout as sleep } from "node:timers/promises";
import type { Static } from "typebox";
import type { Database } from "../../store/client.ts";
import { findEvents } from "../../store/events/events.ts";
import { outcomesOf } from "../../store/events/outcomes.ts";
import { countPending } from "../../store/events/pending.ts";
import type { Verdict } from "../../wire/calls/events.ts";
import { eventToWire, maxOutcomes } from "../../wire/calls/events.ts";

const maxWaitSeconds = 10;

/** The wait of a Prefer header (RFC 7240 4.3), in seconds, at most 10. 0 without one. */
export function waitSeconds(prefer: string | undefined): number {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})/i.exec(prefer ?? "") ?? [];
  return Math.min(Number(seconds ?? 0), maxWaitSeconds);
}

/** Resolves with the verdicts by event id as soon as every event has one. Null if the time runs out. */
export async function awaitVerdicts(
  db: Database,
  ids: readonly string[],
  seconds: number,
): Promise<ReadonlyMap<string, Static<typeof Verdict>> | null> {
  const deadline = performance.now() + seconds * 1000;
  for (let pauseMs = 5; (await countPending(db, ids)) > 0; pauseMs = Math.min(pauseMs * 2, 100)) {
    if (performance.now() + pauseMs > deadline) return null;
    await sleep(pauseMs);
  }
  const outcomes = Map.groupBy(await outcomesOf(db, ids, maxOutcomes.inList), ({ eventId }) => eventId);
  const events = (await findEvents(db, ids)).map((row) => eventToWire(row, outcomes.get(row.id) ?? []));
  return new Map(events.flatMap(({ id, verdict }) => (verdict === null ? [] : [[id, verdict] as const])));
}
