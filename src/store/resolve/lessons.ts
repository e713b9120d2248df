import { type Assertion, appliedSteps, type FoldEvent, fold } from "../../domain/fold/fold.ts";
import { comparePositions } from "../../domain/fold/position.ts";
import { maxHops, type Stand } from "../../domain/resolve/resolve.ts";
import type { Database } from "../client.ts";
import { type FoldEventRow, toFoldEvent } from "../fold/fold-events.ts";
import { Prisma } from "../generated/client.ts";

/** An address to follow through the calls since it was last asserted; null: through all calls. */
interface Departure {
  readonly key: string;
  readonly uri: string;
  readonly since: number | null;
}

/** The states that calls led to, and whether a call to the address itself was answered. */
interface Lesson {
  readonly path: readonly Stand[];
  readonly isAnswered: boolean;
}

/** The fold of one departure: its base, and the events read so far, by key. */
interface Journey {
  readonly base: Assertion;
  readonly events: Map<string, readonly FoldEvent[]>;
}

/** The end of a journey, if the events about its key are not read yet. */
interface Frontier {
  readonly journey: Journey;
  readonly end: Stand;
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
  const journeys = departures.map(toJourney);
  let frontier = journeys.flatMap(frontierOf);
  for (let hop = 0; hop <= maxHops && frontier.length > 0; hop += 1) {
    await readEvents(db, bookId, frontier);
    frontier = frontier.flatMap(({ journey }) => frontierOf(journey));
  }
  return journeys.map(toLesson);
}

function toJourney({ key, uri, since }: Departure): Journey {
  const at = since ?? Number.NEGATIVE_INFINITY;
  return { base: { id: "", addressId: "", key, uri, status: "active", at }, events: new Map() };
}

function frontierOf(journey: Journey): readonly Frontier[] {
  const end = pathOf(journey).at(-1);
  return end === undefined || journey.events.has(end.key) ? [] : [{ journey, end }];
}

function toLesson(journey: Journey): Lesson {
  const own = journey.events.get(journey.base.key) ?? [];
  return { path: pathOf(journey), isAnswered: own.some(({ kind }) => kind === "reachable") };
}

function pathOf({ base, events }: Journey): readonly Stand[] {
  const steps = appliedSteps(fold(base, { events, assertions: [] }));
  return steps.map(({ state, position, eventId }) => ({ ...state, at: position.at, eventId }));
}

async function readEvents(db: Database, bookId: string, frontier: readonly Frontier[]): Promise<void> {
  const rows = await findDecidingEvents(db, bookId, frontier);
  const byIndex = Map.groupBy(rows, ({ index }) => index);
  for (const [index, { journey, end }] of frontier.entries()) {
    const events = (byIndex.get(index) ?? []).map(toFoldEvent);
    journey.events.set(
      end.key,
      events.toSorted((a, b) => comparePositions(a.position, b.position)),
    );
  }
}

/** Most moves read for an address, earliest first, so that a number that always redirects stays cheap. */
const maxMoves = 1_000;

/**
 * Only the events that can decide the fold: the first move to each target, the last answered call, and the first 410
 * after it. The result equals folding all events, if the deciding target is among the first 1,000 moves.
 */
async function findDecidingEvents(
  db: Database,
  bookId: string,
  frontier: readonly Frontier[],
): Promise<readonly (FoldEventRow & { readonly index: number })[]> {
  const asked = JSON.stringify(
    frontier.map(({ journey: { base }, end: { key, at } }, index) => {
      return { index, key, since: toSql(at), base_at: toSql(base.at) };
    }),
  );
  // Events `e` about the key of `f` that the fold can apply: they happened and were received after the departure.
  const events = Prisma.sql`
    select e.id, e.key, e.kind, e.occurred_at, e.received_at, e.rank, e.tie, e.target_key, e.target_uri, e.standing_rule
    from events e
    where e.book_id = ${bookId}::uuid and e.key = f.key and e.standing = 'acts' and e.verdict <> 'failed'
      and e.occurred_at >= f.since and e.occurred_at > f.base_at and e.received_at > f.base_at`;
  return db.$queryRaw`
    with
    -- The keys of this hop, each with the time from which its events count.
    asked as (
      select * from jsonb_to_recordset(${asked}::jsonb)
        as f(index int, key text, since timestamptz(3), base_at timestamptz(3))
    ),
    -- The last answered call to each key: it heals every 410 before it.
    answered as (
      select f.index, f.base_at, e.* from asked f cross join lateral (
        ${events} and e.kind = 'reachable' order by e.occurred_at desc, e.rank desc, e.tie desc limit 1
      ) e
    ),
    -- The first 410 after that call, or the first of all if no call was answered.
    gone as (
      select f.index, f.base_at, e.* from asked f left join answered a using (index) cross join lateral (
        ${events} and e.kind = 'gone'
          and (a.index is null or (e.occurred_at, e.rank, e.tie) > (a.occurred_at, a.rank, a.tie))
        order by e.occurred_at, e.rank, e.tie limit 1
      ) e
    ),
    -- The first move to each target, among the earliest moves from the key.
    moved as (
      select f.index, f.base_at, e.* from asked f cross join lateral (
        select distinct on (e.target_key, e.target_uri) e.* from (
          ${events} and e.kind = 'moved' order by e.occurred_at, e.rank, e.tie limit ${maxMoves}
        ) e
        order by e.target_key, e.target_uri, e.occurred_at, e.rank, e.tie
      ) e
    )
    select index, id, key, kind, occurred_at as "occurredAt", received_at as "receivedAt", rank, tie,
      target_key as "targetKey", target_uri as "targetUri", standing_rule as hold, base_at as "baseAt"
    from (select * from answered union all select * from gone union all select * from moved) as all_events`;
}

const toSql = (time: number): string => (Number.isFinite(time) ? new Date(time).toISOString() : "-infinity");
