import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { Id, Nullable, OneOf, Time } from "../../json/parts.ts";
import type { ImportRecord, ImportRowRecord } from "../../store/imports/imports.ts";
import { moment } from "./story.ts";

const ImportStateCode = OneOf([
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

export const Import = Type.Object(
  {
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
      /** Accepted rows that somebody should check, for example because a number is unreadable. */
      warned: Count,
    }),
    addresses: Type.Object({ added: Count, asserted: Count, removed: Count }),
    stopped: Nullable(Type.String()),
    error: Nullable(Type.String()),
    undoneBy: Nullable(Type.String()),
    createdAt: Time,
    finishedAt: Nullable(Time),
  },
  {
    description:
      "The current state of an import. `counts` and `addresses` are what it would do, and from the state `applying` on what it did. `stopped` is the reason why it waits.",
    examples: [
      {
        id: "01936d2f-3c00-7000-8000-0000000000f1",
        state: "applying",
        format: "csv",
        actor: "CRM",
        options: { validateOnly: false, addresses: "replace", missing: "keep", allowRemovals: false },
        progress: { rows: 1000, checked: 1000, applied: 500, undone: 0 },
        counts: { create: 480, update: 12, unchanged: 7, rejected: 1, archive: 0, conflict: 0, warned: 3 },
        addresses: { added: 510, asserted: 0, removed: 2 },
        stopped: null,
        error: null,
        undoneBy: null,
        createdAt: moment,
        finishedAt: null,
      },
    ],
  },
);

export const ImportRow = Type.Object(
  {
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
  },
  {
    description:
      "The effect of one row of the file. `problems` are errors in the row itself, or conflicts with the book.",
    examples: [
      {
        row: 12,
        place: "line 13",
        outcome: "rejected",
        contactId: null,
        externalId: "crm-12",
        name: "Alice",
        added: 0,
        asserted: 0,
        removed: 0,
        problems: [
          { field: "addresses", detail: "belong to several contacts: 01936d2f-3c00-7000-8000-0000000000c1" },
        ],
      },
    ],
  },
);

export type ImportBody = Static<typeof Import>;
export type ImportRowBody = Static<typeof ImportRow>;

export function importToWire(row: ImportRecord): ImportBody {
  return {
    id: row.id,
    state: row.state,
    format: row.format,
    actor: row.actor,
    options: {
      validateOnly: row.validateOnly,
      addresses: row.removesAddresses ? "replace" : "merge",
      missing: row.archivesMissing ? "archive" : "keep",
      allowRemovals: row.allowsRemovals,
    },
    progress: {
      rows: row.rows,
      checked: row.checkedTo,
      applied: row.appliedTo,
      undone: row.undoneFrom === null ? 0 : row.rows + 1 - row.undoneFrom,
    },
    counts: {
      create: row.created,
      update: row.updated,
      unchanged: row.unchanged,
      rejected: row.rejected,
      archive: row.archived,
      conflict: row.conflicts,
      warned: row.warned,
    },
    addresses: { added: row.added, asserted: row.asserted, removed: row.removed },
    stopped: row.stopReason,
    error: row.error,
    undoneBy: row.undoActor,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

const Problems = Type.Index(ImportRow, ["problems"]);

export function importRowToWire(row: ImportRowRecord): ImportRowBody {
  return {
    row: row.row,
    place: row.place,
    outcome: row.outcome,
    contactId: row.contactId,
    externalId: row.externalId,
    name: row.name,
    added: row.added,
    asserted: row.asserted,
    removed: row.removed,
    problems: [...readProblems(row.faults), ...readProblems(row.problems)],
  };
}

function readProblems(value: unknown): Static<typeof Problems> {
  return Check(Problems, value) ? value : [];
}
