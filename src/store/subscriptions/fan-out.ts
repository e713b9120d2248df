import type { Database } from "../client.ts";
import { type LeasedSubscription, maxPending } from "./lease.ts";

/** `trimmed`: changes after the cursor were trimmed from the history and can never be delivered. */
type FanOut = { readonly kind: "made"; readonly read: number } | { readonly kind: "trimmed" };

/** Most changes read from the feed at a time. */
const pageSize = 500;

/**
 * Creates a subscription's deliveries from the feed after its cursor, and moves the cursor, in one statement. Sequences
 * follow the order of commits: a query that sees one sees all before it, so no change is skipped or repeated.
 */
export async function fanOut(db: Database, { id, lease }: LeasedSubscription): Promise<FanOut> {
  const [row] = await db.$queryRaw<{ read: number; gap: boolean }[]>`
    with s as (
      select u.id, u.book_id, u.cursor, u.kinds, u.sources, u.cursor < b.trimmed_to as gap
      from subscriptions u join books b on b.id = u.book_id
      where u.id = ${id}::uuid and u.lease = ${lease}::uuid for update of u
    ), page as (
      select h.id, h.sequence, h.contact_id, h.kind, h.source_name
      from s join history h on h.book_id = s.book_id and h.sequence > s.cursor
      where (select count(*) from (
        select from deliveries w where w.subscription_id = ${id}::uuid and w.state = 'pending' limit ${maxPending}
      ) waiting) < ${maxPending}
      order by h.sequence limit ${pageSize}
    ), seen as (
      select count(p.sequence)::int as read, max(p.sequence) as last,
        coalesce(bool_or(s.gap) or min(p.sequence) > min(s.cursor) + 1, false) as gap
      from s left join page p on true
    ), made as (
      insert into deliveries (subscription_id, sequence, edition, change_id, contact_id, due_at)
      select s.id, p.sequence, gen_random_uuid(), p.id, p.contact_id, clock_timestamp()
      from s cross join page p cross join seen
      where not seen.gap and (s.kinds = '{}' or p.kind = any (s.kinds))
        and (s.sources = '{}' or p.source_name = any (s.sources))
      on conflict (subscription_id, sequence) do update set edition = excluded.edition, state = 'pending',
        attempts = 0, put_off = 0, due_at = excluded.due_at, settled_at = null
    ), moved as (
      update subscriptions u set cursor = seen.last from s, seen
      where u.id = s.id and seen.read > 0 and not seen.gap
    )
    select read, gap from seen`;
  return row?.gap === true ? { kind: "trimmed" } : { kind: "made", read: row?.read ?? 0 };
}
