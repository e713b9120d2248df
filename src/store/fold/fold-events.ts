import type { Assertion, FoldEvent } from "../../domain/fold/fold.ts";
import { asserted, comparePositions } from "../../domain/fold/position.ts";
import type { EventKind } from "../../domain/rules/event.ts";
import type { HoldRule } from "../../domain/rules/rules.ts";
import type { Transaction } from "../client.ts";

/** A fold that starts at `baseAt` may have `key` from `since` on. Times in milliseconds since the epoch. */
interface Reach {
  readonly key: string;
  readonly since: number;
  readonly baseAt: number;
}

export interface FoldEventRow {
  readonly id: string;
  readonly key: string;
  readonly kind: EventKind;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  readonly rank: number;
  readonly tie: string;
  readonly targetKey: string | null;
  readonly targetUri: string | null;
  readonly hold: HoldRule | null;
  readonly baseAt: Date;
}

/**
 * The events that folds from these bases can meet, by key and in order of position. Follows the moves from key to key,
 * one query a hop. Of the answered calls, which are most of all events, it reads only those that can heal: the first
 * one after each 410 or base.
 */
export async function findFoldEvents(
  tx: Transaction,
  bookId: string,
  bases: readonly Assertion[],
): Promise<ReadonlyMap<string, readonly FoldEvent[]>> {
  const found = new Map<string, FoldEvent>();
  const reached = new Map<string, number>();
  let frontier = newlyReached(
    bases.map(({ key, at }) => ({ key, since: at, baseAt: at })),
    reached,
  );
  while (frontier.length > 0) {
    const rows = await findEventsOn(tx, bookId, frontier);
    for (const row of rows) found.set(row.id, toFoldEvent(row));
    frontier = newlyReached(rows.flatMap(toReach), reached);
  }
  const inOrder = [...found.values()].toSorted((a, b) => comparePositions(a.position, b.position));
  return Map.groupBy(inOrder, ({ key }) => key);
}

/** Keeps only reaches earlier than the known one of their base and key, so that the rounds end. */
function newlyReached(reaches: readonly Reach[], reached: Map<string, number>): readonly Reach[] {
  const fresh = new Map<string, Reach>();
  for (const reach of reaches) {
    const name = `${reach.baseAt} ${reach.key}`;
    if (reach.since >= (reached.get(name) ?? Number.POSITIVE_INFINITY)) continue;
    reached.set(name, reach.since);
    fresh.set(name, reach);
  }
  return [...fresh.values()];
}

function toReach(row: FoldEventRow): readonly Reach[] {
  if (row.targetKey === null || row.hold !== null) return [];
  return [{ key: row.targetKey, since: row.occurredAt.getTime(), baseAt: row.baseAt.getTime() }];
}

async function findEventsOn(
  tx: Transaction,
  bookId: string,
  reaches: readonly Reach[],
): Promise<FoldEventRow[]> {
  const frontier = JSON.stringify(
    reaches.map(({ key, since, baseAt }) => ({ key, since: new Date(since), base_at: new Date(baseAt) })),
  );
  return tx.$queryRaw<FoldEventRow[]>`
    with frontier as (
      select * from jsonb_to_recordset(${frontier}::jsonb)
        as f(key text, since timestamptz(3), base_at timestamptz(3))
    ),
    -- Moves and 410s about the keys of this hop.
    counting as (
      select f.base_at, f.key as on_key, e.* from frontier f
      cross join lateral (
        select * from events e
        where e.book_id = ${bookId}::uuid and e.key = f.key and e.standing <> 'recorded' and e.kind in ('moved', 'gone')
          and e.occurred_at >= f.since and e.verdict <> 'failed' and e.occurred_at > f.base_at
          and e.received_at > f.base_at
        offset 0
      ) e
    ),
    -- Positions after which an answered call can heal: each 410, and each base.
    wanting as (
      select base_at, on_key, occurred_at, rank, tie from counting where kind = 'gone'
      union all
      select base_at, key, since, ${asserted(0).rank}::smallint, '' from frontier
    ),
    -- The first answered call after each of them.
    healing as (
      select w.base_at, w.on_key, h.* from wanting w cross join lateral (
        select * from events e
        where e.book_id = ${bookId}::uuid and e.key = w.on_key and e.standing <> 'recorded'
          and e.kind = 'reachable' and e.verdict <> 'failed'
          and (e.occurred_at, e.rank, e.tie) > (w.occurred_at, w.rank, w.tie)
          and e.occurred_at > w.base_at and e.received_at > w.base_at
        order by e.occurred_at, e.rank, e.tie limit 1
      ) h
    )
    select id, key, kind, occurred_at as "occurredAt", received_at as "receivedAt", rank, tie,
      target_key as "targetKey", target_uri as "targetUri", standing_rule as hold, base_at as "baseAt"
    from (select * from counting union all select * from healing) as all_events`;
}

export function toFoldEvent(row: FoldEventRow): FoldEvent {
  const { id, key, kind, rank, tie, targetKey, targetUri, hold } = row;
  return {
    id,
    key,
    kind,
    hold,
    position: { at: row.occurredAt.getTime(), rank, tie },
    receivedAt: row.receivedAt.getTime(),
    target: targetKey === null || targetUri === null ? null : { key: targetKey, uri: targetUri },
  };
}
