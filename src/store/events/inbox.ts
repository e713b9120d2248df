import { v7 as uuidv7 } from "uuid";
import type { CallEvent, EventKind, Target } from "../../domain/rules/event.ts";
import type { HoldRule, RecordRule } from "../../domain/rules/rules.ts";
import { toleranceSeconds } from "../../domain/sources/rhythm.ts";
import type { Database, Transaction } from "../client.ts";
import type { Event } from "../generated/client.ts";

/** An event to be stored. */
export interface NewEvent {
  readonly bookId: string;
  readonly sourceId: string;
  readonly sourceEventId: string;
  readonly contentHash: string;
  /** Null: now, by the database's clock. */
  readonly receivedAt: Date | null;
  /** Null: the time of the receipt. */
  readonly occurredAt: Date | null;
  readonly event: CallEvent;
  readonly answered: boolean;
  readonly raw: string;
  readonly key: string | null;
  readonly kind: EventKind | null;
  readonly rank: number;
  readonly tie: string;
  readonly target: Target | null;
  readonly standing: "acts" | "held" | "recorded";
  readonly standingRule: HoldRule | RecordRule | null;
}

/** An event is new, stored already, or stored already with other content. */
export interface Receipt {
  readonly id: string;
  readonly state: "accepted" | "duplicate" | "conflict";
}

type StoredRow = Pick<Event, "id" | "sourceId" | "sourceEventId" | "contentHash">;

/**
 * Stores events, each once, in one statement. Returns a receipt for each, in order. Of two events with one id the first
 * is kept, also between processes.
 */
export async function storeEvents(
  db: Database | Transaction,
  events: readonly NewEvent[],
): Promise<readonly Receipt[]> {
  const rows = events.map((event) => ({ ...event, id: uuidv7() }));
  const inserted = new Set(await insertEvents(db, rows));
  const known =
    inserted.size === rows.length
      ? []
      : await findStored(
          db,
          rows.filter(({ id }) => !inserted.has(id)),
        );
  const byName = new Map(known.map((row) => [nameOf(row), row]));
  return rows.map((row): Receipt => {
    if (inserted.has(row.id)) return { id: row.id, state: "accepted" };
    const stored = byName.get(nameOf(row));
    if (stored === undefined) throw new Error(`Event ${row.sourceEventId} was neither inserted nor found`);
    return { id: stored.id, state: stored.contentHash === row.contentHash ? "duplicate" : "conflict" };
  });
}

const nameOf = ({ sourceId, sourceEventId }: Pick<NewEvent, "sourceId" | "sourceEventId">): string =>
  `${sourceId} ${sourceEventId}`;

/** Inserts in order of the unique key, so that concurrent inserts cannot deadlock. */
async function insertEvents(
  db: Database | Transaction,
  rows: readonly (NewEvent & { id: string })[],
): Promise<string[]> {
  const json = JSON.stringify(
    rows.map(({ event, target, ...row }, order) => ({
      ...row,
      order,
      status: event.status,
      callId: event.callId,
      cseq: event.cseq,
      report: event,
      targetKey: target?.key,
      targetUri: target?.uri,
    })),
  );
  const inserted = await db.$queryRaw<{ id: string }[]>`
    with clock as (select date_trunc('milliseconds', clock_timestamp()) as now)
    insert into events (id, book_id, source_id, source_event_id, content_hash, received_at, occurred_at,
      clock_adjusted, status, call_id, cseq, answered, report, raw, key, kind, rank, tie, target_key, target_uri,
      standing, standing_rule)
    select r.id, r."bookId", r."sourceId", r."sourceEventId", r."contentHash", receipt.at,
      case when r."occurredAt" > receipt.at + make_interval(secs => ${toleranceSeconds}) then receipt.at
        else coalesce(r."occurredAt", receipt.at) end,
      coalesce(r."occurredAt" > receipt.at + make_interval(secs => ${toleranceSeconds}), false),
      r.status, r."callId", r.cseq, r.answered, r.report, r.raw, r.key, r.kind, r.rank, r.tie, r."targetKey",
      r."targetUri", r.standing, r."standingRule"
    from clock, jsonb_to_recordset(${json}::jsonb) as r(id uuid, "order" int, "bookId" uuid, "sourceId" uuid,
      "sourceEventId" text, "contentHash" text,
      "receivedAt" timestamptz(3), "occurredAt" timestamptz(3), status smallint, "callId" text,
      cseq bigint, answered boolean, report jsonb, raw text, key text, kind event_kind, rank smallint, tie text,
      "targetKey" text, "targetUri" text, standing standing, "standingRule" text)
    cross join lateral (select coalesce(r."receivedAt", clock.now) as at) receipt
    order by r."bookId", r."sourceId", r."sourceEventId" collate "C", r."order"
    on conflict (book_id, source_id, source_event_id) do nothing
    returning id`;
  return inserted.map(({ id }) => id);
}

async function findStored(
  db: Database | Transaction,
  rows: readonly NewEvent[],
): Promise<readonly StoredRow[]> {
  const names = JSON.stringify(
    rows.map(({ bookId, sourceId, sourceEventId }) => ({ bookId, sourceId, sourceEventId })),
  );
  return db.$queryRaw<StoredRow[]>`
    select e.id, e.source_id as "sourceId", e.source_event_id as "sourceEventId", e.content_hash as "contentHash"
    from jsonb_to_recordset(${names}::jsonb) as r("bookId" uuid, "sourceId" uuid, "sourceEventId" text)
    join events e on e.book_id = r."bookId" and e.source_id = r."sourceId"
      and e.source_event_id = r."sourceEventId"`;
}
