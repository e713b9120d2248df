import type { Database } from "../client.ts";
import type { SubscriptionState } from "../generated/enums.ts";

export interface SubscriptionLag {
  readonly id: string;
  /** The name of its book. */
  readonly book: string;
  /** Changes of the book that it has not come to yet. */
  readonly behind: number;
}

/** The active subscriptions that are behind the most, at most `limit`. */
export async function findSubscriptionLags(db: Database, limit: number): Promise<readonly SubscriptionLag[]> {
  return db.$queryRaw<SubscriptionLag[]>`
    select s.id, b.name as book, (b.last_sequence - s.cursor)::float8 as behind
    from subscriptions s join books b on b.id = s.book_id
    where s.state = 'active' order by behind desc, s.id limit ${limit}`;
}

export async function countSubscriptions(db: Database): Promise<ReadonlyMap<SubscriptionState, number>> {
  const rows = await db.subscription.groupBy({ by: ["state"], _count: true });
  return new Map(rows.map(({ state, _count }) => [state, _count]));
}
