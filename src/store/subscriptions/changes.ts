import { defined } from "../../json/defined.ts";
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

// Forgets the failures of the endpoint, so that it is tried at once.
const freshStart = {
  failures: 0,
  failingSince: null,
  lastError: null,
  resumeAt: null,
  wokenUntil: null,
  plannedAt: null,
} as const;

/**
 * A new URL, or `active`, restarts all pending deliveries at once. New filters apply to changes that are read from the
 * feed from now on. Null: subscription not found.
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
      // Only these fields: others that a caller sent must not reach the row.
      data: {
        ...defined({ name, url, kinds: kinds?.slice(), sources: sources?.slice() }),
        ...(state === undefined ? {} : { state, disabledReason: null, disabledAt: null }),
        ...(isFresh ? freshStart : {}),
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

/** Sets a new secret; the previous one signs too for `overlapSeconds`. Null: subscription not found. */
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
 * Moves the cursor back to a sequence: all changes after it are delivered, even if they were before. Pending deliveries
 * after it are created again in order. Null: subscription not found.
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
      data: { cursor: since, ...freshStart, version: { increment: 1 }, updatedAt: new Date() },
    });
    if (row === undefined) return null;
    await tx.$executeRaw`
      delete from deliveries where subscription_id = ${id}::uuid and state = 'pending' and sequence > ${since}`;
    return row;
  });
}
