import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import type { ImportRecord, ImportRowRecord } from "../../store/imports/imports.ts";
import { type ImportBody, ImportRow, type ImportRowBody } from "../../wire/imports.ts";

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
