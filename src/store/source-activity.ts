import type { Arrival } from "../domain/rhythm.ts";
import type { VerdictCode } from "../domain/rules.ts";
import type { Database } from "./client.ts";
import type { SourceRow } from "./sources.ts";
import { listTallies, type TallyRow } from "./tallies.ts";

export interface LastEvent extends Arrival {
  readonly id: string;
  readonly status: number;
  readonly requestUri: string;
  /** Null while it waits to be decided. */
  readonly verdict: VerdictCode | null;
  readonly rule: string | null;
}

export interface VerdictCount {
  readonly verdict: VerdictCode | null;
  readonly lastHour: number;
  readonly lastDay: number;
}

/** What a source sent of late. */
export interface SourceActivity {
  /** The latest by occurredAt, newest first: enough to know its clock and its rhythm. */
  readonly arrivals: readonly LastEvent[];
  /** By occurredAt. */
  readonly counts: readonly VerdictCount[];
  readonly tallies: readonly TallyRow[];
  /** Requests that are kept because nobody understood them. */
  readonly unparsed: number;
  /** The database's clock. */
  readonly now: Date;
}

const measured = 100;

/** At most so many events of the last day are counted, the newest. */
export const mostCounted = 100_000;

/** What a source sent of late; every read is bounded, however much it sends. */
export async function readActivity(
  db: Database,
  bookId: string,
  { id }: Pick<SourceRow, "id">,
): Promise<SourceActivity> {
  const [clock] = await db.$queryRaw<{ now: Date }[]>`select clock_timestamp() as now`;
  if (clock === undefined) throw new Error("The database told no time");
  const arrivals = await db.$queryRaw<LastEvent[]>`
    select id, status, report ->> 'requestUri' as "requestUri", occurred_at as "occurredAt",
      received_at as "receivedAt", clock_adjusted as "clockAdjusted", verdict, rule
    from events where book_id = ${bookId}::uuid and source_id = ${id}::uuid
    order by occurred_at desc, id desc limit ${measured}`;
  const counts = await db.$queryRaw<VerdictCount[]>`
    select verdict, count(*)::int as "lastDay",
      (count(*) filter (where occurred_at > ${clock.now}::timestamptz - interval '1 hour'))::int as "lastHour"
    from (
      select verdict, occurred_at from events
      where book_id = ${bookId}::uuid and source_id = ${id}::uuid
        and occurred_at > ${clock.now}::timestamptz - interval '24 hours'
      order by occurred_at desc limit ${mostCounted}
    ) recent
    group by verdict`;
  const tallies = await listTallies(db, id);
  const unparsed = await db.unparsed.count({ where: { sourceId: id } });
  return { arrivals, counts, tallies, unparsed, now: clock.now };
}
