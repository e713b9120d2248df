import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { Id, Nullable, OneOf, Time } from "../../json/parts.ts";
import type { ChangeRow } from "../../store/feed/history.ts";
import { change } from "./story.ts";

/** Every kind of change in the history. */
export const changeKinds = [
  "asserted",
  "rewritten",
  "removed",
  "restored",
  "merged",
  "archived",
  "corrected",
] as const;

export const Seen = Type.Object({
  uri: Type.String(),
  state: OneOf(["active", "gone", "removed", "merged"]),
});

export const ChangeKind = OneOf(changeKinds);

export const Change = Type.Object(
  {
    id: Id,
    sequence: Type.Integer(),
    at: Time,
    contactId: Id,
    addressId: Nullable(Id),
    kind: ChangeKind,
    before: Nullable(Seen),
    after: Nullable(Seen),
    cause: Type.Object({
      kind: OneOf(["event", "person", "import", "undo", "approval"]),
      eventId: Nullable(Id),
      status: Nullable(Type.Integer()),
      reason: Nullable(Type.String()),
      source: Nullable(Type.String()),
      actor: Nullable(Type.String()),
      undoes: Nullable(Id),
      forced: Type.Boolean(),
      /** The import that made the change, or whose undo made it. */
      import: Nullable(Id),
    }),
  },
  {
    description:
      "One row of the history. `before` is null if the address is new. Both are null if the change is about the contact itself.",
    examples: [change],
  },
);

export const WebhookMessage = Type.Object(
  {
    type: OneOf(changeKinds.map((kind) => `contact.${kind}` as const)),
    timestamp: Time,
    data: Type.Unsafe<Static<typeof Change>>({ $ref: "Change#" }),
  },
  {
    description: "The message that is posted for a change. `data` is the change as in the feed.",
    examples: [{ type: "contact.rewritten", timestamp: change.at, data: change }],
  },
);

export const FeedPage = Type.Object(
  { items: Type.Array(Type.Unsafe<Static<typeof Change>>({ $ref: "Change#" })), next: Type.Integer() },
  {
    description: "Changes in order. Send `next` as `after` to get the changes that follow.",
    examples: [{ items: [change], next: 42 }],
  },
);

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

/** One line of JSON, as in the feed's stream. */
export function changeToJson(row: ChangeRow): string {
  return JSON.stringify(changeToWire(row));
}

/** Null if there was no address, or if the change is about the contact itself. */
function seenToWire(uri: string | null, state: string | null): Static<typeof Seen> | null {
  const seen = { uri, state };
  return Check(Seen, seen) ? seen : null;
}
