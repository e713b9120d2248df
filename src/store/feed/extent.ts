import type { Database } from "../client.ts";

/** Which changes a book has: those after `trimmedTo`, up to `last`. */
export interface FeedExtent {
  readonly trimmedTo: number;
  readonly last: number;
}

/** Read it after the changes themselves: history may be trimmed between the two reads. */
export async function findExtent(db: Database, bookId: string): Promise<FeedExtent> {
  const book = await db.book.findUniqueOrThrow({
    where: { id: bookId },
    select: { trimmedTo: true, lastSequence: true },
  });
  return { trimmedTo: Number(book.trimmedTo), last: Number(book.lastSequence) };
}

/**
 * The changes that can be delivered without a gap. Unlike `findExtent` it also looks at the first row of the history: a
 * subscription must not be set to a sequence after which rows are missing, even if `trimmed_to` does not say so.
 */
export async function findWholeExtent(db: Database, bookId: string): Promise<FeedExtent> {
  const [row] = await db.$queryRaw<{ trimmedTo: bigint; last: bigint }[]>`
    select b.last_sequence as last, greatest(b.trimmed_to, coalesce(
      (select h.sequence - 1 from history h where h.book_id = b.id order by h.sequence limit 1),
      -- With an empty history only future changes can be delivered.
      b.last_sequence)) as "trimmedTo"
    from books b where b.id = ${bookId}::uuid`;
  if (row === undefined) throw new Error(`Book ${bookId} not found`);
  return { trimmedTo: Number(row.trimmedTo), last: Number(row.last) };
}

interface FollowedState {
  /** Of the books that exist. */
  readonly extents: ReadonlyMap<string, FeedExtent>;
  /** Keys that are neither revoked nor expired. */
  readonly validKeyIds: ReadonlySet<string>;
}

/** What open streams depend on. One query, however many books and keys. */
export async function readFollowed(
  db: Database,
  bookIds: readonly string[],
  keyIds: readonly string[],
): Promise<FollowedState> {
  const rows = await db.$queryRaw<{ id: string; last: number | null; trimmedTo: number | null }[]>`
    select id, last_sequence::float8 as last, trimmed_to::float8 as "trimmedTo"
    from books where id = any (${bookIds}::uuid[])
    union all
    select id, null, null
    from keys where id = any (${keyIds}::uuid[]) and revoked_at is null and coalesce(expires_at > now(), true)`;
  const extents = new Map<string, FeedExtent>();
  const validKeyIds = new Set<string>();
  for (const { id, last, trimmedTo } of rows) {
    if (last === null || trimmedTo === null) validKeyIds.add(id);
    else extents.set(id, { last, trimmedTo });
  }
  return { extents, validKeyIds };
}
