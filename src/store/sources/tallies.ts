import type { Database } from "../client.ts";

export type TallyKind = "received" | "ignored" | "rejected";

/** How many requests of a source were received, or were ignored or rejected for one reason. */
export interface TallyRow {
  readonly kind: TallyKind;
  /** Empty for `received`. */
  readonly reason: string;
  readonly times: number;
  readonly lastAt: Date;
}

interface NewTally {
  readonly sourceId: string;
  readonly kind: TallyKind;
  readonly reason: string;
  readonly times: number;
  /** Age of the latest one, in milliseconds. */
  readonly lastAgoMs: number;
}

/** Most reasons per source; requests with further ones are counted under `otherReasons`. */
const maxReasons = 100;
export const otherReasons = "other reasons";

/** Adds to the stored counts, in one statement. */
export async function addTallies(db: Database, tallies: readonly NewTally[]): Promise<void> {
  await db.$executeRaw`
    with counted as (
      select r.*, case
        when exists (select from source_tallies t
          where t.source_id = r."sourceId" and t.kind = r.kind and t.reason = r.reason) then r.reason
        when (select count(*) from source_tallies t where t.source_id = r."sourceId") < ${maxReasons} then r.reason
        else ${otherReasons}
      end as "countsAs"
      from jsonb_to_recordset(${JSON.stringify(tallies)}::jsonb) as r("sourceId" uuid, kind text, reason text,
        times bigint, "lastAgoMs" float8)
      join sources s on s.id = r."sourceId"
    )
    insert into source_tallies as t (source_id, kind, reason, times, last_at)
    select "sourceId", kind, "countsAs", sum(times),
      clock_timestamp() - make_interval(secs => min("lastAgoMs") / 1000)
    from counted group by 1, 2, 3 order by 1, 2, 3
    on conflict (source_id, kind, reason) do update
      set times = t.times + excluded.times, last_at = greatest(t.last_at, excluded.last_at)`;
}

/** Latest first. */
export async function listTallies(db: Database, sourceId: string): Promise<readonly TallyRow[]> {
  return db.$queryRaw<TallyRow[]>`
    select kind, reason, times::float8 as times, last_at as "lastAt" from source_tallies
    where source_id = ${sourceId}::uuid order by last_at desc, kind, reason limit ${maxReasons * 2}`;
}
