import type { LockedBook } from "./book.ts";
import type { Transaction } from "./client.ts";

export interface ClaimedEvent {
  readonly id: string;
}

/** Takes the pending ones of these events: from here on they count as stored. Others are left alone. */
export async function claimPending(
  tx: Transaction,
  book: LockedBook,
  eventIds: readonly string[],
): Promise<readonly ClaimedEvent[]> {
  return tx.$queryRaw<ClaimedEvent[]>`
    update events set verdict = 'unmatched', rule = 'no-address', decided_at = ${book.now}, error = null
    where id = any(${eventIds}::uuid[]) and book_id = ${book.id}::uuid and verdict is null
    returning id`;
}

/**
 * Takes their eligibility from 410s whose call was answered on another branch: of what is claimed, and of what was
 * decided before the answer came. A call is a Call-ID and CSeq of one source (RFC 3261 8.1.1.4, 8.1.1.5).
 */
export async function vetoAnswered(
  tx: Transaction,
  book: LockedBook,
  claimed: readonly ClaimedEvent[],
): Promise<readonly string[]> {
  const ids = claimed.map(({ id }) => id);
  const vetoed = await tx.$queryRaw<{ id: string }[]>`
    update events g set standing = 'recorded', standing_rule = 'answered-elsewhere'
    from events a
    where a.book_id = ${book.id}::uuid and a.answered and a.call_id is not null
      and g.book_id = a.book_id and g.source_id = a.source_id and g.call_id = a.call_id
      and g.cseq is not distinct from a.cseq and g.kind = 'gone' and g.standing = 'acts'
      and (a.id = any(${ids}::uuid[]) or g.id = any(${ids}::uuid[]))
    returning g.id`;
  return vetoed.map(({ id }) => id);
}
