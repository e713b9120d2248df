import type { VerdictCode } from "../../domain/rules/rules.ts";
import type { Arrival } from "../../domain/sources/rhythm.ts";
import type { Database, Transaction } from "../client.ts";
import type { SourceRow } from "./sources.ts";
import { listTallies, type TallyRow } from "./tallies.ts";

export interface LastEvent extends Arrival {
  readonly id: string;
  readonly status: number;
  readonly requestUri: string;
  /** Null while the event is pending. */
  readonly verdict: VerdictCode | null;
  readonly rule: string | null;
}

interface VerdictCount {
  readonly verdict: VerdictCode | null;
  readonly lastHour: number;
  readonly lastDay: number;
}

/** What a source sent recently. */
export interface SourceActivity {
  /** The latest by occurredAt, newest first: enough to measure its clock and its rhythm. */
  readonly arrivals: readonly LastEvent[];
  /** Of the last day, by occurredAt. */
  readonly counts: readonly VerdictCount[];
  readonly tallies: readonly TallyRow[];
  /** Stored requests that could not be parsed. */
  readonly unparsed: number;
  /** The database's clock. */
  readonly now: Date;
}

const maxArrivals = 100;

/** Most events of the last day that are counted, newest first. */
export const maxCounted = 100_000;

/** Every read is bounded, however much the source sends. */
export async function readActivity(
  db: Database,
  bookId: string,
  { id }: Pick<SourceRow, "id">,
): Promise<SourceActivity> {
  const [clock] = await db.$queryRaw<{ now: Date }[]>`select clock_timestamp() as now`;
  if (clock === undefined) throw new Error("The database returned no time");
  const { now } = clock;
  const [arrivals, counts] = await db.$transaction(async (tx) => {
    // The index has this order. A plan that sorts would read all events of the source before the limit.
    await tx.$executeRaw`set local enable_sort = off`;
    return [await readArrivals(tx, bookId, id), await countVerdicts(tx, bookId, id, now)] as const;
  });
  const tallies = await listTallies(db, id);
  const unparsed = await db.unparsed.count({ where: { sourceId: id } });
  return { arrivals, counts, tallies, unparsed, now };
}

async function readArrivals(
  tx: Transaction,
  bookId: string,
  sourceId: string,
): Promise<readonly LastEvent[]> {
  return tx.$queryRaw<LastEvent[]>`
    select id, status, report ->> 'requestUri' as "requestUri", occurred_at as "occurredAt",
      received_at as "receivedAt", clock_adjusted as "clockAdjusted", verdict, rule
    from events where book_id = ${bookId}::uuid and source_id = ${sourceId}::uuid
    order by occurred_at desc, id desc limit ${maxArrivals}`;
}

async function countVerdicts(
  tx: Transaction,
  bookId: string,
  sourceId: string,
  now: Date,
): Promise<readonly VerdictCount[]> {
  return tx.$queryRaw<VerdictCount[]>`
    select verdict, count(*)::int as "lastDay",
      (count(*) filter (where occurred_at > ${now}::timestamptz - interval '1 hour'))::int as "lastHour"
    from (
      select verdict, occurred_at from events
      where book_id = ${bookId}::uuid and source_id = ${sourceId}::uuid
        and occurred_at > ${now}::timestamptz - interval '24 hours'
      order by occurred_at desc, id desc limit ${maxCounted}
    ) recent
    group by verdict`;
}
