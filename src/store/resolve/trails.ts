import type { AddressStatus } from "../../domain/fold/fold.ts";
import type { Trail } from "../../domain/resolve/resolve.ts";
import type { Database } from "../client.ts";
import { findPasts, pastName } from "./pasts.ts";

/** Most addresses read for a key, oldest first: a switchboard number may be on every contact. */
export const maxTrails = 100;

/** The present state of an address that has or had a key. */
interface TrailRow {
  readonly asked: string;
  readonly contactId: string;
  readonly addressId: string;
  readonly isArchived: boolean;
  readonly uri: string;
  readonly shownUri: string | null;
  readonly shownStatus: AddressStatus;
  readonly assertedAt: Date;
  /** It has the key and is active, so its past need not be read. */
  readonly isPresent: boolean;
}

/**
 * The trails of the addresses that have or had each key, by key. For a key with more than `maxTrails` addresses: the
 * oldest ones, and one that is active there. Only the past of addresses that moved on is read.
 */
export async function findTrails(
  db: Database,
  bookId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly Trail[]>> {
  const rows = await findTrailRows(db, bookId, keys);
  const pasts = await findPasts(
    db,
    rows.filter(({ isPresent, isArchived }) => isArchived || !isPresent),
  );
  const trails = rows.map((row) => {
    const { asked, contactId, addressId, isArchived, uri, isPresent } = row;
    const { path = [], vouchedAt = null } = pasts.get(pastName(row)) ?? {};
    const present = {
      key: asked,
      uri,
      status: "active" as const,
      at: row.assertedAt.getTime(),
      eventId: null,
    };
    const shown = { uri: row.shownUri ?? uri, status: row.shownStatus };
    return { asked, contactId, addressId, isArchived, path: isPresent ? [present] : path, shown, vouchedAt };
  });
  return Map.groupBy(trails, ({ asked }) => asked);
}

async function findTrailRows(
  db: Database,
  bookId: string,
  keys: readonly string[],
): Promise<readonly TrailRow[]> {
  return db.$queryRaw<TrailRow[]>`
    with asked as (select unnest(${keys}::text[]) as key),
    -- The oldest addresses that have or had each key.
    oldest as (
      select asked.key, near.address_id from asked cross join lateral (
        select k.address_id from address_keys k
        where k.book_id = ${bookId}::uuid and k.key = asked.key order by k.address_id limit ${maxTrails}
      ) near
    ),
    -- Keys with so many addresses that some were left out.
    crowded as (select key from oldest group by key having count(*) = ${maxTrails}),
    -- For those keys, one address that is active there now, since it decides the answer.
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
      a.key = met.key and a.status = 'active' as "isPresent"
    from (select * from oldest union select * from active) met
    join addresses a on a.id = met.address_id
    left join contacts archived on archived.book_id = a.book_id and archived.id = a.contact_id
      and archived.archived_at is not null and archived.archived_by = 'person'
    left join addresses s on s.id = a.merged_into`;
}
