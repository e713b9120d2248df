import type { Database } from "../client.ts";
import type { ChangeRow } from "../feed/history.ts";
import type { Prisma } from "../generated/client.ts";
import type { DeliveryState } from "../generated/enums.ts";
import { isFirstOfContact, type LeasedSubscription } from "./lease.ts";

export type DeliveryRow = Prisma.DeliveryGetPayload<object>;

/** A delivery that is due, with its change. */
export interface DueDelivery {
  readonly sequence: number;
  readonly edition: string;
  readonly attempts: number;
  readonly changeId: string;
  /** Null: it was trimmed from the history. */
  readonly change: ChangeRow | null;
}

/** The earliest due deliveries, one per contact, without those in flight; at most `limit`. */
export async function findDue(
  db: Database,
  { id, bookId }: LeasedSubscription,
  { limit, inFlight }: { readonly limit: number; readonly inFlight: readonly number[] },
): Promise<readonly DueDelivery[]> {
  const rows = await db.$queryRaw<(Omit<DueDelivery, "sequence" | "change"> & { sequence: bigint })[]>`
    select d.sequence, d.edition, d.attempts, d.change_id as "changeId"
    from deliveries d
    where d.subscription_id = ${id}::uuid and d.state = 'pending' and d.due_at <= clock_timestamp()
      and d.sequence <> all (${inFlight}::bigint[]) and ${isFirstOfContact}
    order by d.sequence limit ${limit}`;
  if (rows.length === 0) return [];
  const changes = await db.change.findMany({
    where: { bookId, sequence: { in: rows.map(({ sequence }) => sequence) } },
  });
  const bySequence = new Map(changes.map((change) => [change.sequence, change]));
  return rows.map((row) => ({
    ...row,
    sequence: Number(row.sequence),
    change: bySequence.get(row.sequence) ?? null,
  }));
}

/** Newest first, before the sequence `after`; at most `limit`. */
export async function listDeliveries(
  db: Database,
  subscriptionId: string,
  state: DeliveryState | undefined,
  { after, limit }: { readonly after: number | null; readonly limit: number },
): Promise<readonly DeliveryRow[]> {
  return db.delivery.findMany({
    where: {
      subscriptionId,
      ...(state === undefined ? {} : { state }),
      ...(after === null ? {} : { sequence: { lt: after } }),
    },
    orderBy: { sequence: "desc" },
    take: limit,
  });
}

/** Retention of settled deliveries: 7 days, and at most 10,000 for each subscription. */
const kept = { days: 7, deliveries: 10_000 } as const;
const trimSize = 5_000;
/** Most delete statements of each kind per run. */
const maxRounds = 20;

/** Deletes settled deliveries beyond that, in parts so that no lock is held for long. Returns how many. */
export async function trimDeliveries(db: Database, size = trimSize): Promise<number> {
  let deleted = 0;
  for (const deletePart of [deleteOld, deleteExcess]) {
    for (let round = 0; round < maxRounds; round += 1) {
      const count = await deletePart(db, size);
      deleted += count;
      if (count < size) break;
    }
  }
  return deleted;
}

async function deleteOld(db: Database, size: number): Promise<number> {
  return db.$executeRaw`
    delete from deliveries where (subscription_id, sequence) in (
      select subscription_id, sequence from deliveries
      where settled_at < now() - make_interval(days => ${kept.days}) order by settled_at limit ${size})`;
}

async function deleteExcess(db: Database, size: number): Promise<number> {
  return db.$executeRaw`
    delete from deliveries d where (d.subscription_id, d.sequence) in (
      select o.subscription_id, o.sequence from subscriptions s
      cross join lateral (
        select k.sequence from deliveries k where k.subscription_id = s.id
        order by k.sequence desc offset ${kept.deliveries} limit 1
      ) newest
      join deliveries o on o.subscription_id = s.id and o.sequence <= newest.sequence and o.state <> 'pending'
      limit ${size})`;
}
