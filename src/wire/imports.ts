import { type Static, Type } from "typebox";
import { Id, Nullable, OneOf, Time } from "../json/parts.ts";

// The shapes of imports on the wire.

export const ImportStateCode = OneOf([
  "receiving",
  "checking",
  "checked",
  "stopped",
  "applying",
  "done",
  "failed",
  "undoing",
  "undone",
]);

export const ImportOutcomeCode = OneOf(["create", "update", "unchanged", "rejected", "archive", "conflict"]);

const Count = Type.Integer({ minimum: 0 });

/** An import as it is now. `counts` and `addresses` say what would be done, and from `applying` on what is done. */
export const Import = Type.Object({
  id: Id,
  state: ImportStateCode,
  format: Type.String(),
  actor: Type.String(),
  options: Type.Object({
    validateOnly: Type.Boolean(),
    addresses: OneOf(["replace", "merge"]),
    missing: OneOf(["keep", "archive"]),
    allowRemovals: Type.Boolean(),
  }),
  progress: Type.Object({ rows: Count, checked: Count, applied: Count, undone: Count }),
  counts: Type.Object({
    create: Count,
    update: Count,
    unchanged: Count,
    rejected: Count,
    archive: Count,
    conflict: Count,
    /** Rows that are taken, and of which something is to be looked at: a number that cannot be read, say. */
    warned: Count,
  }),
  addresses: Type.Object({ added: Count, asserted: Count, removed: Count }),
  stopped: Nullable(Type.String()),
  error: Nullable(Type.String()),
  undoneBy: Nullable(Type.String()),
  createdAt: Time,
  finishedAt: Nullable(Time),
});

/** What a row does, or did. `outcome` is null until it is checked. */
export const ImportRow = Type.Object({
  row: Type.Integer(),
  place: Type.String(),
  outcome: Nullable(ImportOutcomeCode),
  contactId: Nullable(Id),
  externalId: Nullable(Type.String()),
  name: Nullable(Type.String()),
  added: Count,
  asserted: Count,
  removed: Count,
  problems: Type.Array(Type.Object({ field: Type.String(), detail: Type.String() })),
});

export type ImportBody = Static<typeof Import>;
export type ImportRowBody = Static<typeof ImportRow>;
