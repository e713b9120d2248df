import type { Rule, VerdictCode } from "../domain/rules.ts";
import type { Database, Transaction } from "./client.ts";
import { Prisma } from "./generated/client.ts";

/** What an event comes to on one address, as things stand now. */
export interface Outcome {
  readonly eventId: string;
  readonly contactId: string;
  readonly addressId: string;
  readonly code: VerdictCode;
  readonly rule: Rule;
  /** The latest change that the event made to the address, null where it made none. */
  readonly changeId: string | null;
  /** When a person or an import last set the address. */
  readonly assertedAt: Date;
}

export interface EventVerdict {
  readonly eventId: string;
  readonly code: VerdictCode;
  readonly rule: Rule;
}

/** One outcome for each address that ever stood on the event's key, by event, contact and address. */
export async function outcomesOf(
  db: Database | Transaction,
  eventIds: readonly string[],
): Promise<readonly Outcome[]> {
  return db.$queryRaw<Outcome[]>`
    select o.*, c.id as "changeId"
    from (${outcomes(eventIds)}) o
    left join lateral (
      select h.id from history h where h.event_id = o."eventId" and h.address_id = o."addressId"
      order by h.sequence desc limit 1
    ) c on true
    order by "eventId", "contactId", "addressId"`;
}

/** For each event the first verdict, in the order of API and table, that an address got; or that it met none. */
export async function verdictsOf(
  db: Database | Transaction,
  eventIds: readonly string[],
): Promise<readonly EventVerdict[]> {
  return db.$queryRaw<EventVerdict[]>`
    select distinct on (e.id) e.id as "eventId",
      coalesce(o.code, case e.standing when 'recorded' then 'recorded' else 'unmatched' end) as code,
      coalesce(o.rule, case e.standing when 'recorded' then e.standing_rule else 'no-address' end) as rule
    from events e left join (${outcomes(eventIds)}) o on o."eventId" = e.id
    where e.id = any (${eventIds}::uuid[])
    order by e.id, array_position(array['applied', 'held', 'stale', 'recorded'], o.code), o."contactId", o."addressId"`;
}

// Derived, not stored: an event that came to nothing costs no row, and a fold that changes changes the outcome.
function outcomes(eventIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    select e.id as "eventId", a.contact_id as "contactId", a.id as "addressId", a.asserted_at as "assertedAt",
      split_part(o.outcome, '/', 1) as code, split_part(o.outcome, '/', 2) as rule
    from events e
    join address_keys k on k.book_id = e.book_id and k.key = e.key
    join addresses a on a.id = k.address_id
    left join lateral (
      select l.code, l.rule from lineage l where l.address_id = a.id and l.event_id = e.id limit 1
    ) own on true
    cross join lateral (select case
      when e.standing = 'recorded' then 'recorded/' || e.standing_rule
      when own.code = 'applied' then 'applied/' ||
        case e.kind when 'moved' then 'moved-permanently' when 'gone' then 'gone' else 'answered' end
      when own.code = 'held' then 'held/' || own.rule
      when own.code = 'loop' then 'recorded/loop'
      when e.received_at > a.asserted_at and e.occurred_at > a.asserted_at and exists (
        select from lineage i
        where i.address_id = a.id and i.code = 'applied' and i.key = e.key and i.status <> 'removed'
          and (i.from_at, i.from_rank, i.from_tie) < (e.occurred_at, e.rank, e.tie)
          and (i.until_at is null or (e.occurred_at, e.rank, e.tie) < (i.until_at, i.until_rank, i.until_tie))
      ) then 'recorded/no-change'
      when exists (select from history h where h.event_id = e.id and h.address_id = a.id) then 'stale/superseded'
      when e.occurred_at <= a.asserted_at or e.received_at <= a.asserted_at then 'stale/before-assertion'
      when a.status = 'removed' then 'stale/address-removed'
      else 'stale/moved-away'
    end as outcome) o
    where e.id = any (${eventIds}::uuid[])`;
}
