import type { VerdictCode } from "../../domain/rules/rules.ts";
import type { Arrival } from "../../domain/sources/rhythm.ts";
import type { Database, Transaction } from "../client.ts";
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
export const maxCounted = 100_000;

/** What a source sent of late; every read is bounded, however much it sends. */
export async function readActivity(
  db: Database,
  bookId: string,
  { id }: Pick<SourceRow, "id">,
): Promise<SourceActivity> {
  const [clock] = await db.$queryRaw<{ now: Date }[]>`select clock_timestamp() as now`;
  if (clock === undefined) throw new Error("The database told no time");
  const { now } = clock;
  const [arrivals, counts] = await db.$transaction(async (tx) => {
    // Newest first is how the index has them. Who sorts reads all of a source before the limit counts.
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
    order by occurred_at desc, id desc limit ${measured}`;
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
