import type { AddressStatus } from "../../domain/fold/fold.ts";
import type { Trail } from "../../domain/resolve/resolve.ts";
import type { Database } from "../client.ts";

/** An address, and the requested key. */
interface Asked {
  readonly addressId: string;
  readonly asked: string;
}

interface PastRow extends Asked {
  readonly path: readonly (readonly [string, string, AddressStatus, number, string | null])[] | null;
  readonly vouchedAt: Date | null;
}

type Past = Pick<Trail, "path" | "vouchedAt">;

export const pastName = ({ addressId, asked }: Asked): string => `${addressId} ${asked}`;

/** The states of each address since it first had its requested key, and when that key was last asserted; by `pastName`. */
export async function findPasts(db: Database, asked: readonly Asked[]): Promise<ReadonlyMap<string, Past>> {
  if (asked.length === 0) return new Map();
  const met = JSON.stringify(asked.map(({ addressId, asked: key }) => ({ address_id: addressId, key })));
  const rows = await db.$queryRaw<PastRow[]>`
    select met.address_id as "addressId", met.key as asked, route.path, vouched.at as "vouchedAt"
    from jsonb_to_recordset(${met}::jsonb) as met(address_id uuid, key text)
    -- The path: each change of key since the first step on the requested key, and the present state.
    cross join lateral (
      select json_agg(json_build_array(key, uri, status, (extract(epoch from from_at) * 1000)::bigint, event_id)
        order by step) as path
      from (
        select l.*, lag(l.key) over (order by l.step) is distinct from l.key as is_new,
          min(l.step) filter (where l.key = met.key) over () as first
        from lineage l where l.address_id = met.address_id and l.code = 'applied'
      ) l
      where step >= first and (is_new or until_at is null)
    ) route
    -- The last assertion that the address has this key.
    cross join lateral (
      select max(v.at) as at from assertions v
      where v.address_id = met.address_id and v.key = met.key and v.status = 'active'
    ) vouched`;
  return new Map(rows.map((row) => [pastName(row), toPast(row)]));
}

function toPast({ path, vouchedAt }: PastRow): Past {
  return {
    path: (path ?? []).map(([key, uri, status, at, eventId]) => ({ key, uri, status, at, eventId })),
    vouchedAt: vouchedAt?.getTime() ?? null,
  };
}
