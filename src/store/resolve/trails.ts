import type { AddressStatus } from "../../domain/fold/fold.ts";
import type { Trail } from "../../domain/resolve/resolve.ts";
import type { Database } from "../client.ts";
import { findPasts, pastName } from "./pasts.ts";

/** Of how many addresses on one key the trails are read, the oldest first: a switchboard's may be in every contact. */
export const maxTrails = 100;

/** An address that stands or stood on a key, as it is now. */
interface TrailRow {
  readonly asked: string;
  readonly contactId: string;
  readonly addressId: string;
  readonly isArchived: boolean;
  readonly uri: string;
  readonly shownUri: string | null;
  readonly shownStatus: AddressStatus;
  readonly assertedAt: Date;
  /** It stands on the key, active: there is nothing to follow. */
  readonly isThere: boolean;
}

/**
 * What the addresses that stand or stood on each key have to do with it, by key. Of a key with more than `maxTrails`
 * addresses the oldest ones, and one that is active there. Only the past of those that are elsewhere is read.
 */
export async function findTrails(
  db: Database,
  bookId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly Trail[]>> {
  const rows = await findStanding(db, bookId, keys);
  const pasts = await findPasts(
    db,
    rows.filter(({ isThere, isArchived }) => isArchived || !isThere),
  );
  const trails = rows.map((row) => {
    const { asked, contactId, addressId, isArchived, uri, isThere } = row;
    const { path = [], vouchedAt = null } = pasts.get(pastName(row)) ?? {};
    const there = {
      key: asked,
      uri,
      status: "active" as const,
      at: row.assertedAt.getTime(),
      eventId: null,
    };
    const shown = { uri: row.shownUri ?? uri, status: row.shownStatus };
    return { asked, contactId, addressId, isArchived, path: isThere ? [there] : path, shown, vouchedAt };
  });
  return Map.groupBy(trails, ({ asked }) => asked);
}

async function findStanding(
  db: Database,
  bookId: string,
  keys: readonly string[],
): Promise<readonly TrailRow[]> {
  return db.$queryRaw<TrailRow[]>`
    with asked as (select unnest(${keys}::text[]) as key),
    oldest as (
      select asked.key, near.address_id from asked cross join lateral (
        select k.address_id from address_keys k
        where k.book_id = ${bookId}::uuid and k.key = asked.key order by k.address_id limit ${maxTrails}
      ) near
    ),
    crowded as (select key from oldest group by key having count(*) = ${maxTrails}),
    active as (
      select crowded.key, one.address_id from crowded cross join lateral (
        select k.address_id from address_keys k
        join addresses a on a.id = k.address_id and a.key = k.key and a.status = 'active'
        join contacts c on c.id = a.contact_id and c.archived_by is distinct from 'person'
        where k.book_id = ${bookId}::uuid and k.key = crowded.key order by k.address_id limit 1
      ) one
    )
    select met.key as asked, a.contact_id as "contactId", a.id as "addressId",
      archived.id is not null as "isArchived", a.uri, s.uri as "shownUri",
      coalesce(s.status, a.status) as "shownStatus", a.asserted_at as "assertedAt",
      a.key = met.key and a.status = 'active' as "isThere"
    from (select * from oldest union select * from active) met
    join addresses a on a.id = met.address_id
    left join contacts archived on archived.book_id = a.book_id and archived.id = a.contact_id
      and archived.archived_at is not null and archived.archived_by = 'person'
    left join addresses s on s.id = a.merged_into`;
}
