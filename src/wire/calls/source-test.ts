import { type Static, Type } from "typebox";
import { findRule } from "../../domain/rules/rules.ts";
import { Id, Nullable, OneOf, Time } from "../../json/parts.ts";
import type { NewEvent } from "../../store/events/inbox.ts";
import type { Rehearsal } from "../../store/fold/rehearse.ts";
import { changeKinds, changeToWire } from "../book/changes.ts";
import * as story from "../book/story.ts";
import { eventToWire, Outcome, StoredReport, type Verdict } from "./events.ts";

const testedEvent = {
  event: { sourceEventId: "pbx1-4711", occurredAt: story.moment, clockAdjusted: false, ...story.eventWords },
  isDuplicate: false,
  duplicateOf: null,
  judgement: { standing: "acts", rule: null, summary: "It rewrites the address to sip:alice@new.example." },
  verdict: story.verdict,
  outcomes: [
    { contactId: story.contactId, addressId: story.addressId, code: "applied", rule: "moved-permanently" },
  ],
  changes: [
    {
      kind: "rewritten",
      contactId: story.contactId,
      addressId: story.addressId,
      before: { uri: "sip:alice@old.example", state: "active" },
      after: { uri: "sip:alice@new.example", state: "active" },
    },
  ],
  problem: null,
};

const ProblemRef = Type.Unsafe<unknown>({ $ref: "Problem#" });
const Seen = Type.Object({ uri: Type.String(), state: Type.String() });

const SourceTestEvent = Type.Object(
  {
    event: Nullable(
      Type.Object({
        sourceEventId: Type.String(),
        clockAdjusted: Type.Boolean(),
        ...StoredReport.properties,
        /** Null if the PBX sent no time; then the time of receipt would count. */
        occurredAt: Nullable(Time),
      }),
    ),
    isDuplicate: Type.Boolean(),
    duplicateOf: Nullable(Id),
    judgement: Nullable(
      Type.Object({
        standing: OneOf(["acts", "held", "recorded"]),
        rule: Nullable(Type.String()),
        summary: Type.String(),
      }),
    ),
    verdict: Nullable(Type.Unsafe<Static<typeof Verdict>>({ $ref: "Verdict#" })),
    outcomes: Type.Array(Type.Omit(Outcome, ["changeId"])),
    changes: Type.Array(
      Type.Object({
        kind: OneOf(changeKinds),
        contactId: Id,
        addressId: Nullable(Id),
        before: Nullable(Seen),
        after: Nullable(Seen),
      }),
    ),
    problem: Nullable(ProblemRef),
  },
  {
    description:
      "An event as sipbook reads it, and what it would do now. `occurredAt` is null if the PBX sent no time; then the time of receipt would count. `judgement` is what the event alone may do, `verdict` is what it would do in this book. For a duplicate, `verdict` is that of the stored event. `problem` is set if the event would be rejected.",
    examples: [testedEvent],
  },
);

const SourceTest = Type.Object(
  {
    kind: OneOf(["events", "ignored", "unparsed"]),
    reason: Nullable(Type.String()),
    problem: Nullable(ProblemRef),
    events: Type.Array(Type.Unsafe<Static<typeof SourceTestEvent>>({ $ref: "SourceTestEvent#" })),
  },
  {
    description:
      "The result of a trial request: its `events`, or the `reason` why it contains none, or the `problem` that its sender would get.",
    examples: [{ kind: "events", reason: null, problem: null, events: [testedEvent] }],
  },
);

/** The shapes by their names in openapi.yaml. */
export const sourceTestShapes = { SourceTest, SourceTestEvent } as const;

export type TestEvent = Static<typeof SourceTestEvent>;

/** What each event would do, in the order of `events`. */
export function rehearsalToWire(
  events: readonly NewEvent[],
  { receipts, rows, outcomes, changes }: Rehearsal,
): readonly TestEvent[] {
  return events.map((event, i): TestEvent => {
    const receipt = receipts[i];
    const row = rows.find(({ id }) => id === receipt?.id);
    if (receipt === undefined || row === undefined) throw new Error("A rehearsed event was not found");
    const met = outcomes.filter(({ eventId }) => eventId === row.id);
    const isDuplicate = receipt.state !== "accepted";
    return {
      event: {
        sourceEventId: event.sourceEventId,
        occurredAt: event.occurredAt?.toISOString() ?? null,
        clockAdjusted: !isDuplicate && row.clockAdjusted,
        ...wordsOf(event),
      },
      isDuplicate,
      duplicateOf: isDuplicate ? row.id : null,
      judgement: judgementOf(event),
      verdict: eventToWire(row, met).verdict,
      outcomes: met.map(({ contactId, addressId, code, rule }) => ({ contactId, addressId, code, rule })),
      changes: changes
        .filter(({ eventId }) => eventId === row.id)
        .map(changeToWire)
        .map(({ kind, contactId, addressId, before, after }) => ({
          kind,
          contactId,
          addressId,
          before,
          after,
        })),
      problem: null,
    };
  });
}

function wordsOf({ event }: NewEvent) {
  const { contacts, reasonHeaders, warnings, diversion, branchOutcomes } = event;
  return {
    ...event,
    contacts: [...contacts],
    reasonHeaders: [...reasonHeaders],
    warnings: [...warnings],
    diversion: [...diversion],
    branchOutcomes: [...branchOutcomes],
  };
}

function judgementOf({ standing, standingRule: rule, kind, target }: NewEvent): TestEvent["judgement"] {
  const summary = rule === null ? describe(kind, target?.uri ?? null) : (findRule(rule)?.text.summary ?? "");
  return { standing, rule, summary };
}

function describe(kind: NewEvent["kind"], target: string | null): string {
  switch (kind) {
    case "moved":
      return `It rewrites the address to ${target}.`;
    case "gone":
      return "It removes the address.";
    case "reachable":
      return "It proves that the address works, and restores it if an earlier 410 removed it.";
    case null:
      return "";
  }
}
