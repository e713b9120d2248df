import type { Static } from "typebox";
import { Check } from "typebox/value";
import type { ChangeRow } from "../store/feed/history.ts";
import { type Change, Seen } from "./shapes.ts";

export function changeToWire(row: ChangeRow): Static<typeof Change> {
  return {
    id: row.id,
    sequence: Number(row.sequence),
    at: row.at.toISOString(),
    contactId: row.contactId,
    addressId: row.addressId,
    kind: row.kind,
    before: seenToWire(row.beforeUri, row.beforeState),
    after: seenToWire(row.afterUri, row.afterState),
    cause: {
      kind: row.causeKind,
      eventId: row.eventId,
      status: row.status,
      reason: row.reason,
      source: row.sourceName,
      actor: row.actor,
      undoes: row.undoes,
      forced: row.forced,
      import: row.importId,
    },
  };
}

/** On one line, as the feed's stream carries it. */
export function changeToJson(row: ChangeRow): string {
  return JSON.stringify(changeToWire(row));
}

/** Null where there was no address, or where the change is about the contact itself. */
function seenToWire(uri: string | null, state: string | null): Static<typeof Seen> | null {
  const seen = { uri, state };
  return Check(Seen, seen) ? seen : null;
}
