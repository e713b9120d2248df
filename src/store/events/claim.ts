import type { LockedBook } from "../book.ts";
import type { Transaction } from "../client.ts";

export interface ClaimedEvent {
  readonly id: string;
  /** The name of its source. */
  readonly source: string;
  /** Time from its receipt until now. */
  readonly waitedSeconds: number;
}

/**
 * Claims those of these events that are pending, and up to `others` of the book that were never tried. It gives them a
 * provisional verdict, because folds ignore events without one.
 */
export async function claimPending(
  tx: Transaction,
  book: LockedBook,
  eventIds: readonly string[],
  others: number,
): Promise<readonly ClaimedEvent[]> {
  return tx.$queryRaw<ClaimedEvent[]>`
    update events set verdict = 'unmatched', rule = 'no-address', decided_at = ${book.now}, error = null
    where book_id = ${book.id}::uuid and verdict is null and id in (
      select unnest(${eventIds}::uuid[])
      union all
      (select id from events where book_id = ${book.id}::uuid and verdict is null and retry_at is null
        order by received_at limit ${others})
    )
    returning id, (select name from sources where sources.id = events.source_id) as source,
      extract(epoch from ${book.now} - received_at)::float8 as "waitedSeconds"`;
}

/**
 * Vetoes 410s whose call was answered on another branch, also those decided before the answer came; returns their ids.
 * A call is a Call-ID and CSeq of one source (RFC 3261 8.1.1.4, 8.1.1.5).
 */
export async function vetoAnswered(
  tx: Transaction,
  claimed: readonly ClaimedEvent[],
): Promise<readonly string[]> {
  const ids = claimed.map(({ id }) => id);
  // The source implies the book. A condition on it could make the planner choose an index that begins with the book.
  const vetoed = await tx.$queryRaw<{ id: string }[]>`
    with calls as materialized (
      select source_id, call_id, cseq from events
      where id = any(${ids}::uuid[]) and call_id is not null and (answered or (kind = 'gone' and standing = 'acts'))
    )
    update events e set standing = 'recorded', standing_rule = 'answered-elsewhere'
    from calls c cross join lateral (
      select g.id from events g
      where g.source_id = c.source_id and g.call_id = c.call_id and g.cseq is not distinct from c.cseq
        and g.kind = 'gone' and g.standing = 'acts'
        and exists (
          select from events a
          where a.source_id = c.source_id and a.call_id = c.call_id and a.cseq is not distinct from c.cseq
            and a.answered
        )
      offset 0
    ) g
    where e.id = g.id
    returning e.id`;
  return vetoed.map(({ id }) => id);
}
