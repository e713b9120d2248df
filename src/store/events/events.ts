import type { VerdictCode } from "../../domain/rules/rules.ts";
import { defined } from "../../json/defined.ts";
import type { Database, Transaction } from "../client.ts";
import type { Prisma } from "../generated/client.ts";
import { findSource } from "../sources/sources.ts";

/** An event as it is stored; `report` is a CallEvent. */
export type EventRow = Prisma.EventGetPayload<{ select: typeof eventFields }>;

/** With the report of the PBX as it was sent, which may be large. */
type EventWithRaw = EventRow & { readonly raw: string };

interface EventFilter {
  /** Identity of the Request-URI. */
  readonly key?: string;
  readonly source?: string;
  readonly verdict?: VerdictCode;
  readonly rule?: string;
  /** occurredAt, inclusive. */
  readonly from?: Date;
  /** occurredAt, exclusive. */
  readonly to?: Date;
}

/** The end of a page: occurredAt in milliseconds, and id. */
interface EventPosition {
  readonly at: number;
  readonly id: string;
}

const eventFields = {
  id: true,
  sourceEventId: true,
  source: { select: { name: true } },
  occurredAt: true,
  receivedAt: true,
  clockAdjusted: true,
  status: true,
  callId: true,
  cseq: true,
  report: true,
  targetUri: true,
  verdict: true,
  rule: true,
  attempts: true,
  error: true,
} as const;

/** Null: event not found. */
export async function findEvent(db: Database, bookId: string, id: string): Promise<EventWithRaw | null> {
  return db.event.findFirst({ where: { id, bookId }, select: { ...eventFields, raw: true } });
}

export async function findEvents(
  db: Database | Transaction,
  ids: readonly string[],
): Promise<readonly EventRow[]> {
  return db.event.findMany({ where: { id: { in: [...ids] } }, select: eventFields });
}

/** Newest first, by occurredAt and id; at most `limit`. */
export async function listEvents(
  db: Database,
  bookId: string,
  { key, source, verdict, rule, from, to }: EventFilter,
  { after, limit }: { readonly after: EventPosition | null; readonly limit: number },
): Promise<readonly EventRow[]> {
  const ofSource = source === undefined ? null : await findSource(db, bookId, source);
  if (source !== undefined && ofSource === null) return [];
  return db.event.findMany({
    where: {
      bookId,
      ...defined({ key, sourceId: ofSource?.id, verdict, rule }),
      occurredAt: defined({ gte: from, lt: to }),
      ...(after === null ? {} : olderThan(after)),
    },
    orderBy: [{ occurredAt: "desc" }, { id: "desc" }],
    take: limit,
    select: eventFields,
  });
}

// The first condition is redundant, but lets an index start at the page.
function olderThan({ at, id }: EventPosition): Prisma.EventWhereInput {
  const time = new Date(at);
  return { AND: [{ occurredAt: { lte: time } }], OR: [{ occurredAt: { lt: time } }, { id: { lt: id } }] };
}
