import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { explain } from "../../domain/rules/explain.ts";
import { ruleCodes, verdictCodes } from "../../domain/rules/rules.ts";
import { Id, Name, Nullable, OneOf, TextOf, Time } from "../../json/parts.ts";
import type { EventRow } from "../../store/events/events.ts";
import type { EventOutcome } from "../../store/events/outcomes.ts";
import { eventId, eventWords, moment, outcome, verdict } from "../book/story.ts";

const eventInput = {
  id: "pbx1-4711",
  source: "default",
  occurredAt: moment,
  method: "INVITE",
  requestUri: "sip:alice@old.example",
  status: 301,
  reason: "Moved Permanently",
  contacts: ['"Alice" <sip:alice@new.example>;q=0.9'],
  callId: "a84b4c76e66710",
  cseq: 1,
};

const HeaderValues = Type.Array(TextOf(65_536), { maxItems: 1000 });

export const EventInput = Type.Object(
  {
    id: Type.Optional(TextOf(256, 1)),
    source: Type.Optional(Name),
    occurredAt: Type.Optional(Time),
    method: Type.Optional(TextOf(64, 1)),
    requestUri: TextOf(2048, 1),
    status: Type.Integer({ minimum: 100, maximum: 699 }),
    reason: Type.Optional(Nullable(TextOf(1024))),
    contacts: Type.Optional(HeaderValues),
    reasonHeaders: Type.Optional(HeaderValues),
    warnings: Type.Optional(HeaderValues),
    diversion: Type.Optional(HeaderValues),
    expires: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 4_294_967_295 }))),
    callId: Type.Optional(Nullable(TextOf(512, 1))),
    cseq: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 4_294_967_295 }))),
    inDialog: Type.Optional(Type.Boolean()),
    followed: Type.Optional(Type.Boolean()),
    branchOutcomes: Type.Optional(
      Type.Array(Type.Integer({ minimum: 100, maximum: 699 }), { maxItems: 1000 }),
    ),
  },
  {
    description:
      "A call outcome. Header values are verbatim, `expires` is in seconds. `id` or `callId` is required, so that a repeated report counts once.",
    examples: [eventInput],
  },
);

export const VerdictCode = OneOf(verdictCodes);
export const RuleCode = OneOf(ruleCodes);

export const Verdict = Type.Object(
  { code: VerdictCode, rule: Type.String(), explanation: Type.Array(Type.String()) },
  {
    description: "The result of an event, the rule that decided it, and an explanation.",
    examples: [verdict],
  },
);

export const Outcome = Type.Object(
  {
    contactId: Id,
    addressId: Id,
    code: VerdictCode,
    rule: Type.String(),
    changeId: Nullable(Id),
  },
  {
    description: "The result of an event for one address. `changeId` is the change that it made, if any.",
    examples: [outcome],
  },
);

/** The content of the column `report`. */
export const StoredReport = Type.Object({
  method: Type.String(),
  requestUri: Type.String(),
  status: Type.Integer(),
  reason: Nullable(Type.String()),
  contacts: Type.Array(Type.String()),
  reasonHeaders: Type.Array(Type.String()),
  warnings: Type.Array(Type.String()),
  diversion: Type.Array(Type.String()),
  expires: Nullable(Type.Integer()),
  callId: Nullable(Type.String()),
  cseq: Nullable(Type.Integer()),
  inDialog: Type.Boolean(),
  followed: Type.Boolean(),
  branchOutcomes: Type.Array(Type.Integer()),
});

export const Event = Type.Object(
  {
    id: Id,
    sourceEventId: Type.String(),
    source: Type.String(),
    occurredAt: Time,
    receivedAt: Time,
    clockAdjusted: Type.Boolean(),
    ...StoredReport.properties,
    verdict: Nullable(Type.Unsafe<Static<typeof Verdict>>({ $ref: "Verdict#" })),
    outcomes: Type.Array(Type.Unsafe<Static<typeof Outcome>>({ $ref: "Outcome#" })),
    attempts: Type.Integer(),
    error: Nullable(Type.String()),
    /** What the PBX sent: its JSON, or text if it is not JSON. Omitted in lists. */
    raw: Type.Optional(Type.Unknown()),
  },
  {
    description: "A call outcome as a source reported it. `verdict` is null until the event is decided.",
    examples: [
      {
        id: eventId,
        sourceEventId: "pbx1-4711",
        source: "default",
        occurredAt: moment,
        receivedAt: "2026-11-22T10:00:00.090Z",
        clockAdjusted: false,
        ...eventWords,
        verdict,
        outcomes: [outcome],
        attempts: 1,
        error: null,
        raw: eventInput,
      },
    ],
  },
);

const Receipt = Type.Object({
  id: Type.Optional(Id),
  sourceEventId: Type.Optional(Type.String()),
  state: OneOf(["accepted", "duplicate", "rejected"]),
  verdict: Type.Optional(Type.Unsafe<Static<typeof Verdict>>({ $ref: "Verdict#" })),
  problem: Type.Optional(Type.Unsafe<unknown>({ $ref: "Problem#" })),
});

export const Receipts = Type.Object(
  {
    accepted: Type.Integer(),
    duplicates: Type.Integer(),
    rejected: Type.Integer(),
    events: Type.Array(Receipt),
    /** Why a webhook contained no event: it does not report a response of the callee. */
    ignored: Type.Optional(Type.String()),
  },
  {
    description: "One receipt for each event, in the order of the request.",
    examples: [
      {
        accepted: 1,
        duplicates: 0,
        rejected: 0,
        events: [{ id: eventId, sourceEventId: "pbx1-4711", state: "accepted" }],
      },
    ],
  },
);

/** The shapes by their names in openapi.yaml. */
export const eventShapes = { Event, EventInput, Outcome, Receipts, Verdict } as const;

/** Most outcomes shown for each event: a switchboard number may be in every contact of a book. */
export const maxOutcomes = { inList: 100, ofOne: 1000 } as const;

/** `outcomes` are those of this event only. */
export function eventToWire(row: EventRow, outcomes: readonly EventOutcome[]): Static<typeof Event> {
  return {
    id: row.id,
    sourceEventId: row.sourceEventId,
    source: row.source.name,
    occurredAt: row.occurredAt.toISOString(),
    receivedAt: row.receivedAt.toISOString(),
    clockAdjusted: row.clockAdjusted,
    ...readReport(row),
    verdict: verdictOf(row, outcomes),
    outcomes: outcomes.map(({ contactId, addressId, code, rule, changeId }) => ({
      contactId,
      addressId,
      code,
      rule,
      changeId,
    })),
    attempts: row.attempts,
    error: row.error,
  };
}

function readReport({ id, report }: EventRow): Static<typeof StoredReport> {
  if (!Check(StoredReport, report)) throw new TypeError(`Event ${id} has a report of another shape`);
  return report;
}

function verdictOf(row: EventRow, outcomes: readonly EventOutcome[]): Static<typeof Verdict> | null {
  const { verdict: code, rule } = row;
  if (code === null || rule === null) return null;
  const { requestUri, reason } = readReport(row);
  const event = { ...row, source: row.source.name, requestUri, reason };
  return { code, rule, explanation: [...explain(event, { code, rule }, outcomes)] };
}

/** What the PBX sent: its JSON, or the text if it is not JSON. */
export function rawToWire(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
