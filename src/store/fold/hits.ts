import type { LockedBook } from "../book.ts";
import type { Transaction } from "../client.ts";
import type { ClaimedEvent } from "../events/claim.ts";

/** A contact to fold again, and the event that makes it necessary: the earliest of them. */
interface Hit {
  readonly contactId: string;
  readonly eventId: string;
}

/**
 * The contacts to fold again: an address had the event's key at the event's time and the event can change it, or an event
 * that changed it was vetoed. Most answered calls find no contact.
 */
export async function findHits(
  tx: Transaction,
  book: LockedBook,
  claimed: readonly ClaimedEvent[],
  vetoed: readonly string[],
): Promise<readonly Hit[]> {
  return tx.$queryRaw<Hit[]>`
    with reasons as (
      -- Addresses that had the key at the time of a claimed event, in a state that the event changes.
      select l.address_id, e.id, e.occurred_at, e.rank, e.tie
      from events e join lineage l on l.book_id = e.book_id and l.key = e.key and l.code = 'applied' and l.status <> 'removed'
      where e.id = any(${claimed.map(({ id }) => id)}::uuid[]) and e.book_id = ${book.id}::uuid
        and e.standing <> 'recorded'
        and (l.from_at, l.from_rank, l.from_tie) < (e.occurred_at, e.rank, e.tie)
        and (l.until_at is null or (e.occurred_at, e.rank, e.tie) < (l.until_at, l.until_rank, l.until_tie))
        and (e.kind = 'moved' or (e.kind = 'gone' and l.status = 'active')
          or (e.kind = 'reachable' and l.status = 'gone'))
      union all
      -- Addresses that a vetoed 410 changed; the cause is the answered call that vetoed it.
      select l.address_id, a.id, a.occurred_at, a.rank, a.tie
      from lineage l join events g on g.id = l.event_id
      join events a on a.book_id = g.book_id and a.source_id = g.source_id and a.call_id = g.call_id
        and a.cseq is not distinct from g.cseq and a.answered
      where l.event_id = any(${vetoed}::uuid[])
    )
    select distinct on (a.contact_id) a.contact_id as "contactId", r.id as "eventId"
    from reasons r join addresses a on a.id = r.address_id
    order by a.contact_id, r.occurred_at, r.rank, r.tie`;
}
