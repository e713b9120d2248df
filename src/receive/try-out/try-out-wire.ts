import type { Static } from "typebox";
import { findRule } from "../../domain/rules/rules.ts";
import type { NewEvent } from "../../store/events/inbox.ts";
import type { Rehearsal } from "../../store/fold/rehearse.ts";
import { changeToWire } from "../../wire/change-to-wire.ts";
import { eventToWire } from "../../wire/event-to-wire.ts";
import type { sourceTestShapes } from "../../wire/source-test.ts";

type TestEvent = Static<(typeof sourceTestShapes)["SourceTestEvent"]>;

/** What each of the events would come to, in their order. */
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
      return "It proves that the address lives, and brings it back where an earlier 410 removed it.";
    case null:
      return "";
  }
}
