import { randomUUID } from "node:crypto";
import type { Database } from "../client.ts";
import { Prisma } from "../generated/client.ts";

/** A subscription for which only this worker sends, until the lease ends. */
export interface LeasedSubscription {
  readonly id: string;
  readonly lease: string;
  readonly bookId: string;
  readonly url: string;
  readonly secret: Uint8Array;
  /** Null: it no longer signs. */
  readonly previousSecret: Uint8Array | null;
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly version: number;
}

/** A killed worker blocks a subscription for this long; a live one extends its lease in time. */
export const leaseSeconds = 30;
/** Seconds a queued job may wait before the sweep queues another. */
const wakeSeconds = 10;
/** Retries due within this many seconds get a delayed job; the sweep finds the rest. */
const planSeconds = 60;

/** A subscription stops reading the feed while this many of its deliveries are pending. */
export const maxPending = 1_000;

/** A delivery waits for the earlier ones of its contact. */
export const isFirstOfContact = Prisma.sql`not exists (
  select from deliveries e where e.subscription_id = d.subscription_id and e.contact_id = d.contact_id
    and e.state = 'pending' and e.sequence < d.sequence)`;

const hasWork = Prisma.sql`s.state = 'active' and coalesce(s.resume_at <= clock_timestamp(), true)
  and coalesce(s.leased_until <= clock_timestamp(), true) and coalesce(s.woken_until <= clock_timestamp(), true)
  and (
    b.last_sequence > s.cursor and (select count(*) from (
      select from deliveries w where w.subscription_id = s.id and w.state = 'pending' limit ${maxPending}
    ) waiting) < ${maxPending}
    or exists (
      select from deliveries d where d.subscription_id = s.id and d.state = 'pending'
        and d.due_at <= clock_timestamp() and ${isFirstOfContact}))`;

/** Subscriptions of some books, one subscription, or all (null). */
export type LeaseScope = { readonly bookIds: readonly string[] } | { readonly id: string } | null;

export interface WaitingSubscription {
  readonly id: string;
  /** The last attempt failed. */
  readonly isFailing: boolean;
}

/**
 * Claims subscriptions that have something to send but no worker; at most `limit`. Each goes to one caller only, which
 * must start a job soon.
 */
export async function claimWaiting(
  db: Database,
  scope: LeaseScope,
  limit: number,
): Promise<readonly WaitingSubscription[]> {
  const inScope =
    scope === null
      ? Prisma.empty
      : "id" in scope
        ? Prisma.sql`and s.id = ${scope.id}::uuid`
        : Prisma.sql`and s.book_id = any (${scope.bookIds}::uuid[])`;
  return db.$queryRaw<WaitingSubscription[]>`
    update subscriptions set woken_until = clock_timestamp() + make_interval(secs => ${wakeSeconds})
    where id in (
      select s.id from subscriptions s join books b on b.id = s.book_id
      where ${hasWork} ${inScope}
      order by s.id limit ${limit} for update of s skip locked
    )
    returning id, failures > 0 as "isFailing"`;
}

/** Null: another worker has it, or nothing may be sent now. */
export async function leaseSubscription(db: Database, id: string): Promise<LeasedSubscription | null> {
  const [row] = await db.$queryRaw<LeasedSubscription[]>`
    update subscriptions set lease = ${randomUUID()}::uuid, woken_until = null,
      leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id = ${id}::uuid and state = 'active' and coalesce(resume_at <= clock_timestamp(), true)
      and coalesce(leased_until <= clock_timestamp(), true)
    returning id, lease, book_id as "bookId", url, secret,
      case when previous_until > clock_timestamp() then previous_secret end as "previousSecret",
      failures, failing_since as "failingSince", version`;
  return row ?? null;
}

/** False: the lease was lost or the subscription was edited, so nothing more may be sent under it. */
export async function extendLease(
  db: Database,
  { id, lease, version }: LeasedSubscription,
): Promise<boolean> {
  const extended = await db.$executeRaw`
    update subscriptions set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id = ${id}::uuid and lease = ${lease}::uuid and version = ${version} and state = 'active'`;
  return extended === 1;
}

/** The same check without an extension, cheap enough for every send. */
export async function holdsLease(db: Database, { id, lease, version }: LeasedSubscription): Promise<boolean> {
  const held = await db.$queryRaw<unknown[]>`
    select from subscriptions
    where id = ${id}::uuid and lease = ${lease}::uuid and version = ${version} and state = 'active'`;
  return held.length === 1;
}

export async function releaseLease(db: Database, { id, lease }: LeasedSubscription): Promise<void> {
  await db.$executeRaw`
    update subscriptions set lease = null, leased_until = null
    where id = ${id}::uuid and lease = ${lease}::uuid`;
}

interface PlannedSubscription extends WaitingSubscription {
  /** At least 1. */
  readonly inMs: number;
}

/** When a job should start, if that is soon and no job is planned for it; otherwise null. */
export async function planNext(db: Database, id: string): Promise<PlannedSubscription | null> {
  const [row] = await db.$queryRaw<PlannedSubscription[]>`
    update subscriptions s set planned_at = next.at
    from (
      select greatest(s.resume_at, (
        select min(d.due_at) from deliveries d
        where d.subscription_id = s.id and d.state = 'pending' and ${isFirstOfContact})) as at
      from subscriptions s where s.id = ${id}::uuid
    ) next
    where s.id = ${id}::uuid and s.state = 'active'
      and next.at between clock_timestamp() and clock_timestamp() + make_interval(secs => ${planSeconds})
      and coalesce(s.planned_at <= clock_timestamp() or s.planned_at > next.at, true)
    returning s.id, s.failures > 0 as "isFailing",
      greatest(1, ceil(extract(epoch from next.at - clock_timestamp()) * 1000))::float8 as "inMs"`;
  return row ?? null;
}
