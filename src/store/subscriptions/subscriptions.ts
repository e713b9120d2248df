import { v7 as uuidv7 } from "uuid";
import type { Database } from "../client.ts";
import type { Prisma } from "../generated/client.ts";
import type { ChangeKind, SubscriptionState } from "../generated/enums.ts";

export type SubscriptionRow = Prisma.SubscriptionGetPayload<object>;

/** How far a subscription is behind. */
export interface Lag {
  /** Changes of the book that it has not read yet. */
  readonly behind: bigint;
  readonly pending: number;
  /** Time of the oldest change with a pending delivery. */
  readonly oldestPendingAt: Date | null;
}

interface NewSubscription {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly kinds: readonly ChangeKind[];
  readonly sources: readonly string[];
  readonly secret: Uint8Array<ArrayBuffer>;
  /** Null: the book's latest sequence. */
  readonly cursor: number | null;
}

const maxInBook = 100;

/** The id of a new subscription. Its secret is sealed with the id before the subscription is created. */
export const makeSubscriptionId = (): string => uuidv7();

/** Null: the book has `maxInBook` subscriptions already. */
export async function createSubscription(
  db: Database,
  bookId: string,
  { cursor, kinds, sources, ...fields }: NewSubscription,
): Promise<SubscriptionRow | null> {
  return db.$transaction(async (tx) => {
    // Locks the book's row, so that of two concurrent calls the second one counts the first.
    const [book] = await tx.$queryRaw<{ last: bigint }[]>`
      select last_sequence as last from books where id = ${bookId}::uuid for no key update`;
    if (book === undefined) throw new Error(`Book ${bookId} not found`);
    if ((await tx.subscription.count({ where: { bookId } })) >= maxInBook) return null;
    return tx.subscription.create({
      data: { ...fields, bookId, kinds: [...kinds], sources: [...sources], cursor: cursor ?? book.last },
    });
  });
}

export async function findSubscription(
  db: Database,
  bookId: string,
  id: string,
): Promise<SubscriptionRow | null> {
  return db.subscription.findFirst({ where: { id, bookId } });
}

/** By id, which is the order of creation; at most `limit`. */
export async function listSubscriptions(
  db: Database,
  bookId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly SubscriptionRow[]> {
  return db.subscription.findMany({
    where: { bookId, ...(after === null ? {} : { id: { gt: after } }) },
    orderBy: { id: "asc" },
    take: limit,
  });
}

export async function lagOf(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, Lag>> {
  const rows = await db.$queryRaw<(Lag & { readonly id: string })[]>`
    select s.id, b.last_sequence - s.cursor as behind, waiting.count as pending, oldest.at as "oldestPendingAt"
    from subscriptions s join books b on b.id = s.book_id
    cross join lateral (
      select count(*)::int as count, min(d.sequence) as first
      from deliveries d where d.subscription_id = s.id and d.state = 'pending'
    ) waiting
    left join history oldest on oldest.book_id = s.book_id and oldest.sequence = waiting.first
    where s.id = any(${ids}::uuid[])`;
  return new Map(rows.map(({ id, ...lag }) => [id, lag]));
}

interface SubscriptionLag {
  readonly id: string;
  /** The name of its book. */
  readonly book: string;
  /** Changes of the book that the subscription has not read yet. */
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

/** False: subscription not found. Its deliveries are deleted too. */
export async function deleteSubscription(db: Database, bookId: string, id: string): Promise<boolean> {
  const { count } = await db.subscription.deleteMany({ where: { id, bookId } });
  return count > 0;
}
