import { type Static, Type } from "typebox";
import { ruleCodes, verdictCodes } from "../domain/rules/rules.ts";
import { Id, Name, Nullable, OneOf, TextOf, Time } from "../json/parts.ts";

// What PBXs report, and what became of it.

const HeaderValues = Type.Array(TextOf(65_536), { maxItems: 1000 });

/** A call outcome in our words. Header values are verbatim. `expires` is the Expires header, in seconds. */
export const EventInput = Type.Object({
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
  branchOutcomes: Type.Optional(Type.Array(Type.Integer({ minimum: 100, maximum: 699 }), { maxItems: 1000 })),
});

export const VerdictCode = OneOf(verdictCodes);
export const RuleCode = OneOf(ruleCodes);

export const Verdict = Type.Object({
  code: VerdictCode,
  rule: Type.String(),
  explanation: Type.Array(Type.String()),
});

export const Outcome = Type.Object({
  contactId: Id,
  addressId: Id,
  code: VerdictCode,
  rule: Type.String(),
  changeId: Nullable(Id),
});

/** An event as it is kept. `verdict` is null while it waits to be decided. */
export const Event = Type.Object({
  id: Id,
  sourceEventId: Type.String(),
  source: Type.String(),
  occurredAt: Time,
  receivedAt: Time,
  clockAdjusted: Type.Boolean(),
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
  verdict: Nullable(Type.Unsafe<Static<typeof Verdict>>({ $ref: "Verdict#" })),
  outcomes: Type.Array(Type.Unsafe<Static<typeof Outcome>>({ $ref: "Outcome#" })),
  attempts: Type.Integer(),
  error: Nullable(Type.String()),
  /** What the PBX sent: its JSON, or text where it is not JSON. Left out of lists. */
  raw: Type.Optional(Type.Unknown()),
});

const Receipt = Type.Object({
  id: Type.Optional(Id),
  sourceEventId: Type.Optional(Type.String()),
  state: OneOf(["accepted", "duplicate", "rejected"]),
  verdict: Type.Optional(Type.Unsafe<Static<typeof Verdict>>({ $ref: "Verdict#" })),
  problem: Type.Optional(Type.Unsafe<unknown>({ $ref: "Problem#" })),
});

/** The answer to events: one receipt for each, in the order in which they came. */
export const Receipts = Type.Object({
  accepted: Type.Integer(),
  duplicates: Type.Integer(),
  rejected: Type.Integer(),
  events: Type.Array(Receipt),
  /** Why a webhook told of no event: it is about no answer of a callee. */
  ignored: Type.Optional(Type.String()),
});

/** The shapes by the names that openapi.yaml gives them. */
export const eventShapes = { Event, EventInput, Outcome, Receipts, Verdict } as const;
