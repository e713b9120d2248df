import type { Database } from "../client.ts";

export interface PendingEvent {
  readonly id: string;
  readonly bookId: string;
}

/** Attempts before an event fails for good, 2, 4, 8 and 16 seconds apart. Only errors of the event itself count. */
const maxAttempts = 5;

/** Lease of a swept event. */
const leaseSeconds = 60;

/** Which book each of these events belongs to. */
export async function findBooksOf(
  db: Database,
  eventIds: readonly string[],
): Promise<readonly PendingEvent[]> {
  return db.$queryRaw<PendingEvent[]>`
    select id, book_id as "bookId" from events where id = any(${eventIds}::uuid[])`;
}

/** How many of these events have no verdict yet. */
export async function countPending(db: Database, eventIds: readonly string[]): Promise<number> {
  return db.event.count({ where: { id: { in: [...eventIds] }, verdict: null } });
}

/**
 * Leases events that are still pending after `graceSeconds`, or are due for a retry. Concurrent sweeps get different
 * events.
 */
export async function leasePending(
  db: Database,
  { limit, graceSeconds }: { readonly limit: number; readonly graceSeconds: number },
): Promise<readonly PendingEvent[]> {
  return db.$queryRaw<PendingEvent[]>`
    update events set retry_at = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id in (
      select id from events
      where verdict is null
        and coalesce(retry_at, received_at + make_interval(secs => ${graceSeconds})) <= clock_timestamp()
      order by received_at limit ${limit} for update skip locked
    )
    returning id, book_id as "bookId"`;
}

/** Events that have no verdict yet. */
export interface Backlog {
  readonly events: number;
  /** Age of the oldest of them; 0 if there are none. */
  readonly oldestSeconds: number;
}

const maxCounted = 100_000;

/**
 * The backlog of one book, or of all books (null). Counts at most the 100,000 oldest pending events of all books, so that
 * the query stays cheap.
 */
export async function readBacklog(db: Database, bookId: string | null): Promise<Backlog> {
  const [row] = await db.$queryRaw<Backlog[]>`
    select count(*)::int as events,
      greatest(coalesce(extract(epoch from clock_timestamp() - min(received_at)), 0), 0)::float8 as "oldestSeconds"
    from (
      -- One walk through the index of pending events.
      select book_id, received_at from events where verdict is null order by received_at limit ${maxCounted}
    ) as waiting
    where ${bookId}::uuid is null or book_id = ${bookId}::uuid`;
  return row ?? { events: 0, oldestSeconds: 0 };
}

/** A failed attempt to decide an event, with the names of its book and source. */
export interface Failure {
  readonly isFinal: boolean;
  readonly book: string;
  readonly source: string;
}

/** Records a failed attempt: the event is retried later, or has failed for good. Null: it has a verdict already. */
export async function recordFailure(db: Database, eventId: string, error: string): Promise<Failure | null> {
  const [row] = await db.$queryRaw<Failure[]>`
    update events set attempts = attempts + 1, error = ${error},
      retry_at = clock_timestamp() + make_interval(secs => power(2, attempts + 1)),
      verdict = case when attempts + 1 >= ${maxAttempts} then 'failed'::verdict end,
      rule = case when attempts + 1 >= ${maxAttempts} then 'fault' end,
      decided_at = case when attempts + 1 >= ${maxAttempts} then clock_timestamp() end
    where id = ${eventId}::uuid and verdict is null
    returning verdict is not null as "isFinal", (select name from books where books.id = events.book_id) as book,
      (select name from sources where sources.id = events.source_id) as source`;
  return row ?? null;
}

/** Makes a failed event pending again. False if the book does not have it, or it did not fail. */
export async function reviveFailed(db: Database, bookId: string, eventId: string): Promise<boolean> {
  const revived = await db.$executeRaw`
    update events set verdict = null, rule = null, decided_at = null, attempts = 0, retry_at = null
    where id = ${eventId}::uuid and book_id = ${bookId}::uuid and verdict = 'failed'`;
  return revived === 1;
}
