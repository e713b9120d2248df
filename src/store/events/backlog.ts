import type { Database } from "../client.ts";

/** Events that have no verdict yet. */
export interface Backlog {
  readonly events: number;
  /** 0 where none waits. */
  readonly oldestSeconds: number;
}

/** Behind the oldest of all books it is not counted: the size of a backlog must not decide what it costs to look at it. */
const most = 100_000;

/** Of one book, or of all (null). One walk through the index of what is pending. */
export async function readBacklog(db: Database, bookId: string | null): Promise<Backlog> {
  const [row] = await db.$queryRaw<Backlog[]>`
    select count(*)::int as events,
      greatest(coalesce(extract(epoch from clock_timestamp() - min(received_at)), 0), 0)::float8 as "oldestSeconds"
    from (
      select book_id, received_at from events where verdict is null order by received_at limit ${most}
    ) as waiting
    where ${bookId}::uuid is null or book_id = ${bookId}::uuid`;
  return row ?? { events: 0, oldestSeconds: 0 };
}
