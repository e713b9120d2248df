import { type Static, Type } from "typebox";
import { Id, Nullable, OneOf, Time } from "../json/parts.ts";
import { Event, Outcome, type Verdict } from "./events.ts";
import { changeKinds } from "./subscriptions.ts";

// What a request of a PBX would become.

const ProblemRef = Type.Unsafe<unknown>({ $ref: "Problem#" });
const Seen = Type.Object({ uri: Type.String(), state: Type.String() });

const SourceTestEvent = Type.Object({
  event: Nullable(
    Type.Object({
      ...Type.Omit(Event, [
        "id",
        "source",
        "occurredAt",
        "receivedAt",
        "verdict",
        "outcomes",
        "attempts",
        "error",
        "raw",
      ]).properties,
      /** Null: the PBX told no time, and that of the receipt would count. */
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
});

const SourceTest = Type.Object({
  kind: OneOf(["events", "ignored", "unparsed"]),
  reason: Nullable(Type.String()),
  problem: Nullable(ProblemRef),
  events: Type.Array(Type.Unsafe<Static<typeof SourceTestEvent>>({ $ref: "SourceTestEvent#" })),
});

/** The shapes by the names that openapi.yaml gives them. */
export const sourceTestShapes = { SourceTest, SourceTestEvent } as const;
