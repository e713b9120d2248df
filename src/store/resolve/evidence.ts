import type { Database } from "../client.ts";
import { Prisma } from "../generated/client.ts";
import type { Verdict } from "../generated/enums.ts";

/** The last calls to an address. */
export interface CallEvidence {
  readonly key: string;
  /** The last report about it, whatever its verdict. */
  readonly lastEventId: string;
  readonly status: number;
  readonly occurredAt: Date;
  readonly source: string;
  readonly verdict: Verdict | null;
  readonly rule: string | null;
  /** When a call to it was last answered; only calls that count. */
  readonly lastAnsweredAt: Date | null;
}

/** By key; a key without calls is missing. */
export async function findCallEvidence(
  db: Database,
  bookId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, CallEvidence>> {
  const rows = await db.$queryRaw<CallEvidence[]>`
    select asked.key, e.id as "lastEventId", e.status, e.occurred_at as "occurredAt", s.name as source,
      e.verdict, e.rule,
      case when ${counts} then e.occurred_at else (
        select max(e.occurred_at) from events e
        where e.book_id = ${bookId}::uuid and e.key = asked.key and ${counts}
      ) end as "lastAnsweredAt"
    from unnest(${keys}::text[]) as asked(key)
    -- The last call to each key.
    cross join lateral (
      select e.id, e.status, e.occurred_at, e.source_id, e.standing, e.kind, e.verdict, e.rule from events e
      where e.book_id = ${bookId}::uuid and e.key = asked.key
      order by e.occurred_at desc, e.id desc limit 1
    ) e
    join sources s on s.id = e.source_id`;
  return new Map(rows.map((row) => [row.key, row]));
}

/** An answered call, `e`, that counts. */
const counts = Prisma.sql`e.standing = 'acts' and e.kind = 'reachable' and e.verdict <> 'failed'`;
