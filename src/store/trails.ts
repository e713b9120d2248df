import type { AddressStatus } from "../domain/fold.ts";
import type { Trail } from "../domain/resolve.ts";
import type { Database } from "./client.ts";

/** Of how many addresses on one key the trails are read, the oldest first: a switchboard's may be in every contact. */
export const mostTrails = 100;

interface TrailRow extends Omit<Trail, "path" | "vouchedAt"> {
  readonly asked: string;
  readonly path: readonly (readonly [string, string, AddressStatus, number, string | null])[] | null;
  readonly vouchedAt: Date | null;
}

/**
 * What the addresses that stand or stood on each key have to do with it, by key. Of a key with more than `mostTrails`
 * addresses the oldest ones, and one that is active there.
 */
export async function findTrails(
  db: Database,
  bookId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly Trail[]>> {
  const rows = await db.$queryRaw<TrailRow[]>`
    with asked as (select unnest(${keys}::text[]) as key),
    oldest as (
      select asked.key, near.address_id from asked cross join lateral (
        select k.address_id from address_keys k
        where k.book_id = ${bookId}::uuid and k.key = asked.key order by k.address_id limit ${mostTrails}
      ) near
    ),
    crowded as (select key from oldest group by key having count(*) = ${mostTrails}),
    active as (
      select crowded.key, one.address_id from crowded cross join lateral (
        select k.address_id from address_keys k
        join addresses a on a.id = k.address_id and a.key = k.key and a.status = 'active'
        join contacts c on c.id = a.contact_id and c.archived_by is distinct from 'person'
        where k.book_id = ${bookId}::uuid and k.key = crowded.key order by k.address_id limit 1
      ) one
    )
    select met.key as asked, a.contact_id as "contactId", a.id as "addressId",
      c.archived_by is not distinct from 'person' as "isArchived",
      json_build_object('uri', coalesce(s.uri, a.uri), 'status', coalesce(s.status, a.status)) as shown,
      stood.path, vouched.at as "vouchedAt"
    from (select * from oldest union select * from active) met
    join addresses a on a.id = met.address_id
    join contacts c on c.id = a.contact_id
    left join addresses s on s.id = a.merged_into
    left join lateral (
      select json_agg(json_build_array(key, uri, status, (extract(epoch from from_at) * 1000)::bigint, event_id)
        order by step) as path
      from (
        select l.*, lag(l.key) over (order by l.step) is distinct from l.key as is_new,
          min(l.step) filter (where l.key = met.key) over () as first
        from lineage l where l.address_id = a.id and l.code = 'applied'
      ) l
      where step >= first and (is_new or until_at is null)
    ) stood on true
    left join lateral (
      select max(v.at) as at from assertions v
      where v.address_id = a.id and v.key = met.key and v.status = 'active'
    ) vouched on true`;
  return Map.groupBy(rows.map(toTrail), ({ asked }) => asked);
}

function toTrail({ path, vouchedAt, ...row }: TrailRow): Trail & { readonly asked: string } {
  return {
    ...row,
    path: (path ?? []).map(([key, uri, status, at, eventId]) => ({ key, uri, status, at, eventId })),
    vouchedAt: vouchedAt?.getTime() ?? null,
  };
}
