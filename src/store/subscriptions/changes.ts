import type { Database } from "../client.ts";
import type { ChangeKind } from "../generated/enums.ts";
import type { SubscriptionRow } from "./subscriptions.ts";

export interface SubscriptionPatch {
  readonly name?: string;
  readonly url?: string;
  readonly kinds?: readonly ChangeKind[];
  readonly sources?: readonly string[];
  readonly state?: "active" | "paused";
}

// A fresh start: what was counted against the endpoint is forgotten.
const rested = {
  failures: 0,
  failingSince: null,
  lastError: null,
  resumeAt: null,
  wokenUntil: null,
  plannedAt: null,
} as const;

/**
 * Another URL, and enabling, let everything that waits be tried anew and at once. New filters hold for what is read
 * from the feed from now on. Null where there is no such subscription.
 */
export async function changeSubscription(
  db: Database,
  bookId: string,
  id: string,
  { name, url, kinds, sources, state }: SubscriptionPatch,
): Promise<SubscriptionRow | null> {
  return db.$transaction(async (tx) => {
    const isFresh = url !== undefined || state === "active";
    const [row] = await tx.subscription.updateManyAndReturn({
      where: { id, bookId },
      // Named one by one: what else a caller sent must not reach the row.
      data: {
        ...(name === undefined ? {} : { name }),
        ...(url === undefined ? {} : { url }),
        ...(kinds === undefined ? {} : { kinds: [...kinds] }),
        ...(sources === undefined ? {} : { sources: [...sources] }),
        ...(state === undefined ? {} : { state, disabledReason: null, disabledAt: null }),
        ...(isFresh ? rested : {}),
        version: { increment: 1 },
        updatedAt: new Date(),
      },
    });
    if (row !== undefined && isFresh) {
      await tx.$executeRaw`
        update deliveries set edition = gen_random_uuid(), attempts = 0, put_off = 0, due_at = clock_timestamp()
        where subscription_id = ${id}::uuid and state = 'pending'`;
    }
    return row ?? null;
  });
}

/** A new secret, beside which the former one signs for a while. Null where there is no such subscription. */
export async function rotateSecret(
  db: Database,
  bookId: string,
  id: string,
  { secret, overlapSeconds }: { readonly secret: Uint8Array; readonly overlapSeconds: number },
): Promise<SubscriptionRow | null> {
  const isKept = overlapSeconds > 0;
  await db.$executeRaw`
    update subscriptions set secret = ${secret},
      previous_secret = case when ${isKept} then secret end,
      previous_until = case when ${isKept} then clock_timestamp() + make_interval(secs => ${overlapSeconds}) end,
      resume_at = null, woken_until = null, version = version + 1, updated_at = now()
    where id = ${id}::uuid and book_id = ${bookId}::uuid`;
  return db.subscription.findFirst({ where: { id, bookId } });
}

/**
 * Goes back to a sequence: everything after it is delivered, again where it was before. What waited behind it comes
 * again in its turn. Null where there is no such subscription.
 */
export async function replayFrom(
  db: Database,
  bookId: string,
  id: string,
  since: number,
): Promise<SubscriptionRow | null> {
  return db.$transaction(async (tx) => {
    const [row] = await tx.subscription.updateManyAndReturn({
      where: { id, bookId },
      data: { cursor: since, ...rested, version: { increment: 1 }, updatedAt: new Date() },
    });
    if (row === undefined) return null;
    await tx.$executeRaw`
      delete from deliveries where subscription_id = ${id}::uuid and state = 'pending' and sequence > ${since}`;
    return row;
  });
}
