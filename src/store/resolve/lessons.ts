import { type FoldEvent, fold } from "../../domain/fold/fold.ts";
import { comparePositions } from "../../domain/fold/position.ts";
import { maxHops, type Stand } from "../../domain/resolve/resolve.ts";
import type { Database } from "../client.ts";
import { type FoldEventRow, toFoldEvent } from "../fold/fold-events.ts";
import { Prisma } from "../generated/client.ts";

/** An address to follow through the calls, since it was last asserted; null: since the beginning of time. */
export interface Departure {
  readonly key: string;
  readonly uri: string;
  readonly since: number | null;
}

/** Where calls led, and whether a call to the address itself was answered. */
export interface Lesson {
  readonly path: readonly Stand[];
  readonly isAnswered: boolean;
}

/** A departure and the events read for it so far, by key. */
interface Journey {
  readonly departure: Departure;
  readonly events: Map<string, readonly FoldEvent[]>;
}

interface Frontier {
  readonly journey: Journey;
  readonly key: string;
  readonly since: number;
}

/**
 * Folds the calls about each address, as if it had been asserted at its departure and never again. One query per hop for
 * all addresses; the lessons are in the same order. At most `maxHops` hops.
 */
export async function learnFromCalls(
  db: Database,
  bookId: string,
  departures: readonly Departure[],
): Promise<readonly Lesson[]> {
  const journeys = departures.map((departure): Journey => ({ departure, events: new Map() }));
  let frontier = journeys.map((journey) => ({
    journey,
    key: journey.departure.key,
    since: startOf(journey),
  }));
  for (let hop = 0; hop <= maxHops && frontier.length > 0; hop += 1) {
    await readEvents(db, bookId, frontier);
    frontier = frontier.flatMap(({ journey }) => unread(journey));
  }
  return journeys.map(toLesson);
}

const startOf = ({ departure }: Journey): number => departure.since ?? Number.NEGATIVE_INFINITY;

function unread(journey: Journey): readonly Frontier[] {
  const last = walk(journey).at(-1);
  return last === undefined || journey.events.has(last.key)
    ? []
    : [{ journey, key: last.key, since: last.at }];
}

function toLesson(journey: Journey): Lesson {
  const own = journey.events.get(journey.departure.key) ?? [];
  return { path: walk(journey), isAnswered: own.some(({ kind }) => kind === "reachable") };
}

function walk({ departure, events }: Journey): readonly Stand[] {
  const { key, uri, since } = departure;
  const base = {
    id: "",
    addressId: "",
    key,
    uri,
    status: "active" as const,
    at: since ?? Number.NEGATIVE_INFINITY,
  };
  return fold(base, { events, assertions: [] }).flatMap((step) =>
    step.code === "applied" ? [{ ...step.state, at: step.position.at, eventId: step.eventId }] : [],
  );
}

/**
 * Reads only the events that can decide the fold: the first move to each target, the last answered call, and the first
 * 410 after it. The result equals folding all events, if the deciding target is among the first 1,000 moves.
 */
async function readEvents(db: Database, bookId: string, frontier: readonly Frontier[]): Promise<void> {
  const asked = frontier.map(({ journey, key, since }, index) => ({
    index,
    key,
    since: toSql(since),
    base_at: toSql(startOf(journey)),
  }));
  const rows = await db.$queryRaw<(FoldEventRow & { readonly index: number })[]>`
    with
    -- The keys of this hop, each with the time from which its events count.
    asked as (
      select * from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
        as f(index int, key text, since timestamptz(3), base_at timestamptz(3))
    ),
    -- The last answered call to each key: it heals every 410 before it.
    answered as (
      select f.index, f.base_at, e.* from asked f cross join lateral (
        select ${columns} from events e
        where e.book_id = ${bookId}::uuid and e.kind = 'reachable' and ${counts}
        order by e.occurred_at desc, e.rank desc, e.tie desc limit 1
      ) e
    ),
    -- The first 410 after that call, or the first of all if no call was answered.
    gone as (
      select f.index, f.base_at, e.* from asked f left join answered a using (index) cross join lateral (
        select ${columns} from events e
        where e.book_id = ${bookId}::uuid and e.kind = 'gone' and ${counts}
          and (a.index is null or (e.occurred_at, e.rank, e.tie) > (a.occurred_at, a.rank, a.tie))
        order by e.occurred_at, e.rank, e.tie limit 1
      ) e
    ),
    -- The first move to each target, among the earliest moves from the key.
    moved as (
      select f.index, f.base_at, e.* from asked f cross join lateral (
        select distinct on (e.target_key, e.target_uri) e.* from (
          select ${columns} from events e
          where e.book_id = ${bookId}::uuid and e.kind = 'moved' and ${counts}
          order by e.occurred_at, e.rank, e.tie limit ${maxMoves}
        ) e
        order by e.target_key, e.target_uri, e.occurred_at, e.rank, e.tie
      ) e
    )
    select index, id, key, kind, occurred_at as "occurredAt", received_at as "receivedAt", rank, tie,
      target_key as "targetKey", target_uri as "targetUri", standing_rule as hold, base_at as "baseAt"
    from (select * from answered union all select * from gone union all select * from moved) as all_events`;
  const found = Map.groupBy(rows, ({ index }) => index);
  for (const [index, { journey, key }] of frontier.entries()) {
    const events = (found.get(index) ?? []).map(toFoldEvent);
    journey.events.set(
      key,
      events.toSorted((a, b) => comparePositions(a.position, b.position)),
    );
  }
}

/** An event `e` about the key of `f` that the fold can apply: it happened and was received after the departure. */
const counts = Prisma.sql`e.key = f.key and e.standing = 'acts' and e.verdict <> 'failed' and e.occurred_at >= f.since
  and e.occurred_at > f.base_at and e.received_at > f.base_at`;

const columns = Prisma.sql`
  e.id, e.key, e.kind, e.occurred_at, e.received_at, e.rank, e.tie, e.target_key, e.target_uri, e.standing_rule`;

/** Most moves read for an address, earliest first, so that a number that always redirects stays cheap. */
const maxMoves = 1_000;

const toSql = (time: number): string => (Number.isFinite(time) ? new Date(time).toISOString() : "-infinity");
