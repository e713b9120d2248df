import { emptyEdit } from "../../domain/changes/edit.ts";
import { lockBook } from "../book.ts";
import type { Database, Transaction } from "../client.ts";
import { type ContactWrite, writeEdits } from "../contacts/write-edit.ts";
import { findKnown } from "./candidates.ts";
import type { ImportRecord } from "./imports.ts";
import { lockImport } from "./job.ts";
import { type PlannedGroup, planRows } from "./plan.ts";
import { type BatchRow, type RowResult, readBatch, rowResult, writeResults } from "./rows.ts";

/**
 * Applies the next rows to the book as it is now, in one transaction with the import's progress. Returns their results;
 * empty: the import is done, or in another state.
 */
export async function applyRows(
  db: Database,
  { id, bookId }: Pick<ImportRecord, "id" | "bookId">,
  size: number,
): Promise<readonly RowResult[]> {
  return db.$transaction(async (tx) => {
    const book = await lockBook(tx, bookId);
    const job = await lockImport(tx, id, "applying");
    if (job === null) return [];
    const batch = await readBatch(tx, id, { after: job.appliedTo, limit: size });
    const last = batch.at(-1);
    if (last === undefined) {
      await tx.import.update({
        where: { id },
        data: { state: "done", finishedAt: book.now, leasedUntil: null },
      });
      return [];
    }
    const { groups, results } = await planRows(tx, job, batch, { now: book.now, ahead: false });
    const missing = await planMissing(tx, batch);
    const writes = [...groups.flatMap(toWrite), ...missing.writes];
    await updateFields(tx, groups);
    await writeEdits(tx, book, writes, { kind: "import", actor: job.actor, importId: id });
    await writeResults(tx, job, [...results, ...missing.results], { appliedTo: last.row });
    return [...results, ...missing.results];
  });
}

const empty = (id: string) => ({ id, archivedBy: null, addresses: [], assertions: [] });

function toWrite({ group, plan, known }: PlannedGroup): readonly ContactWrite[] {
  const { edit, name, externalId } = plan;
  switch (plan.outcome) {
    case "rejected":
    case "unchanged":
      return [];
    case "create":
      return [{ contact: empty(group.contactId), edit, made: { name: name ?? "", externalId } }];
    case "update": {
      if (known === null) return [];
      const touched = name !== null || externalId !== null;
      return [{ contact: known.facts, edit, touched, ...(known.isMissed ? { archive: false } : {}) }];
    }
  }
}

/** Writes new names, and external ids of contacts that had none. */
async function updateFields(tx: Transaction, groups: readonly PlannedGroup[]): Promise<void> {
  const rows = groups.flatMap(({ group, plan: { outcome, name, externalId } }) =>
    outcome === "update" && (name !== null || externalId !== null)
      ? [{ id: group.contactId, name, externalId }]
      : [],
  );
  if (rows.length === 0) return;
  await tx.$executeRaw`
    update contacts c set name = coalesce(r.name, c.name), external_id = coalesce(r."externalId", c.external_id)
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, name text, "externalId" text)
    where c.id = r.id`;
}

/** Archives the contacts that the file does not name, if they are as the check found them. */
async function planMissing(
  tx: Transaction,
  batch: readonly BatchRow[],
): Promise<{ readonly writes: readonly ContactWrite[]; readonly results: readonly RowResult[] }> {
  const rows = batch.filter(({ kind }) => kind === "missing");
  const ids = rows.flatMap(({ plannedId }) => plannedId ?? []);
  const known = await findKnown(tx, ids, new Map());
  const named = new Map(
    (await tx.contact.findMany({ where: { id: { in: ids } }, select: { id: true, externalId: true } })).map(
      ({ id, externalId }) => [id, externalId],
    ),
  );
  const planned = rows.flatMap(({ row, plannedId, externalId }) => {
    const facts = known.get(plannedId ?? "")?.facts;
    if (facts === undefined) return [];
    const isSame = facts.archivedBy === null && named.get(facts.id) === externalId;
    const active = facts.addresses.filter(({ seen }) => seen?.state === "active").length;
    return [{ row, facts, isSame, active }];
  });
  return {
    writes: planned.flatMap(({ facts, isSame }) =>
      isSame ? [{ contact: facts, edit: emptyEdit, archive: true }] : [],
    ),
    results: planned.map(({ row, facts, isSame, active }) =>
      rowResult({
        row,
        outcome: isSame ? "archive" : "unchanged",
        contactId: facts.id,
        removed: isSame ? active : 0,
        archivedBefore: facts.archivedBy,
      }),
    ),
  };
}

/** Rejects the next row after an internal error, so that the import can continue. False: no row is left. */
export async function rejectNextRow(
  db: Database,
  { id, bookId }: Pick<ImportRecord, "id" | "bookId">,
  state: "checking" | "applying",
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    await lockBook(tx, bookId);
    const job = await lockImport(tx, id, state);
    if (job === null) return false;
    const after = state === "checking" ? job.checkedTo : job.appliedTo;
    const [row] = await readBatch(tx, id, { after, limit: 1 });
    if (row === undefined) return false;
    const detail = "could not be imported because of an internal error; see sipbook's log";
    const result = rowResult({
      row: row.row,
      outcome: "rejected",
      contactId: row.kind === "missing" ? row.plannedId : null,
      problems: [{ field: "contact", detail }],
    });
    const progress = state === "checking" ? { checkedTo: row.row } : { appliedTo: row.row };
    await writeResults(tx, job, [result], progress);
    return true;
  });
}
