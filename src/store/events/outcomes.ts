import type { Rule, VerdictCode } from "../../domain/rules/rules.ts";
import type { Database, Transaction } from "../client.ts";
import { Prisma } from "../generated/client.ts";

/** The present outcome of an event for one address. */
export interface EventOutcome {
  readonly eventId: string;
  readonly contactId: string;
  readonly addressId: string;
  readonly code: VerdictCode;
  readonly rule: Rule;
  /** The latest change that the event made to the address; null: none. */
  readonly changeId: string | null;
  /** When a person or an import last set the address. */
  readonly assertedAt: Date;
}

export interface EventVerdict {
  readonly eventId: string;
  readonly code: VerdictCode;
  readonly rule: Rule;
}

/** The outcomes of events, by event, contact and address; at most `limit` per event. */
export async function outcomesOf(
  db: Database | Transaction,
  eventIds: readonly string[],
  limit: number,
): Promise<readonly EventOutcome[]> {
  return db.$queryRaw<EventOutcome[]>`
    select e.id as "eventId", a.contact_id as "contactId", a.id as "addressId", a.asserted_at as "assertedAt",
      split_part(o.outcome, '/', 1) as code, split_part(o.outcome, '/', 2) as rule, c.id as "changeId"
    from events e
    join lateral (select * from (${met}) m order by address_id limit ${limit}) met on true
    join addresses a on a.id = met.address_id
    left join lateral (
      select l.code, l.rule from lineage l where l.address_id = a.id and l.event_id = e.id limit 1
    ) own on true
    left join lateral (${atEvent}) at_event on true
    left join lateral (
      select h.id from history h where h.event_id = e.id and h.address_id = a.id order by h.sequence desc limit 1
    ) c on true
    cross join lateral (select case
      when e.standing = 'recorded' then 'recorded/' || e.standing_rule
      when own.code = 'applied' then ${applied}
      when own.code = 'held' then 'held/' || own.rule
      when own.code = 'loop' then 'recorded/loop'
      when at_event.status <> 'removed' and e.received_at > a.asserted_at then 'recorded/no-change'
      else ${stale}
    end as outcome) o
    where e.id = any (${eventIds}::uuid[])
    order by "eventId", "contactId", "addressId"`;
}

/**
 * For each event its first verdict in the order applied, held, recorded, stale, unmatched. It stops at the first
 * address with that verdict, however many share the key; a stale verdict is that of the oldest address.
 */
export async function verdictsOf(
  db: Database | Transaction,
  eventIds: readonly string[],
): Promise<readonly EventVerdict[]> {
  return db.$queryRaw<EventVerdict[]>`
    select e.id as "eventId", split_part(v.verdict, '/', 1) as code, split_part(v.verdict, '/', 2) as rule
    from events e
    cross join lateral (select coalesce(
      case when e.standing = 'recorded' then 'recorded/' || e.standing_rule end,
      (select case l.code when 'applied' then ${applied} when 'held' then 'held/' || l.rule else 'recorded/loop' end
        from lineage l where l.event_id = e.id
        order by array_position(array['applied', 'held', 'loop'], l.code::text), l.rule limit 1),
      (select 'recorded/no-change' from lineage l join addresses a on a.id = l.address_id
        where l.book_id = e.book_id and l.key = e.key and l.code = 'applied' and l.status <> 'removed'
          and ${isWithin} and e.received_at > a.asserted_at limit 1),
      (select ${stale} from (${met}) met join addresses a on a.id = met.address_id
        left join lateral (${atEvent}) at_event on true
        order by a.id limit 1),
      'unmatched/no-address'
    ) as verdict) v
    where e.id = any (${eventIds}::uuid[])`;
}

// Outcomes are derived, not stored: an event without effect costs no row, and a new fold needs no update of outcomes.
// Below, `e` is the event, `a` an address and `l` a step of its lineage.

/** The addresses that have or had the event's key, or that the event changed once. */
const met = Prisma.sql`
  select k.address_id from address_keys k where k.book_id = e.book_id and k.key = e.key
  union
  select h.address_id from history h where h.event_id = e.id and h.before_key = e.key`;

const isWithin = Prisma.sql`
  (l.from_at, l.from_rank, l.from_tie) < (e.occurred_at, e.rank, e.tie)
  and (l.until_at is null or (e.occurred_at, e.rank, e.tie) < (l.until_at, l.until_rank, l.until_tie))`;

const atEvent = Prisma.sql`
  select l.status from lineage l
  where l.address_id = a.id and l.code = 'applied' and l.key = e.key and ${isWithin} limit 1`;

const applied = Prisma.sql`
  'applied/' || case e.kind when 'moved' then 'moved-permanently' when 'gone' then 'gone' else 'answered' end`;

const stale = Prisma.sql`case
  when exists (select from history h where h.event_id = e.id and h.address_id = a.id and h.before_key = e.key)
    then 'stale/superseded'
  when e.occurred_at <= a.asserted_at or e.received_at <= a.asserted_at then 'stale/before-assertion'
  when at_event.status = 'removed' then 'stale/address-removed'
  else 'stale/moved-away'
end`;
