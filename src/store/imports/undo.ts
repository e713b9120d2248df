import type { ContactFacts } from "../../domain/changes/plan.ts";
import { type ImportedChange, planImportUndo, type UndoPlan } from "../../domain/imports/undo.ts";
import { type LockedBook, lockBook } from "../book.ts";
import type { Database, Transaction } from "../client.ts";
import { insertAdditions, makeAssertions, withAdditions } from "../contacts/assertions.ts";
import { refoldForEdit } from "../fold/apply.ts";
import { gatherContacts } from "../fold/gather.ts";
import type { ImportRecord } from "./imports.ts";
import { lockImport } from "./job.ts";

interface AppliedRow {
  readonly row: number;
  readonly contactId: string;
  readonly isCreated: boolean;
  readonly name: string;
  readonly externalId: string | null;
  readonly nameBefore: string | null;
  readonly isAdopted: boolean;
  readonly archivedBefore: "person" | "empty" | null;
}

interface Undone {
  readonly rows: readonly AppliedRow[];
  readonly contact: ContactFacts;
  readonly plan: UndoPlan;
}

/** Undoes the next rows of an import in one transaction, last rows first. */
export async function undoRows(
  db: Database,
  { id, bookId }: Pick<ImportRecord, "id" | "bookId">,
  size: number,
): Promise<void> {
  await db.$transaction(async (tx) => {
    const book = await lockBook(tx, bookId);
    const job = await lockImport(tx, id, "undoing");
    if (job === null) return;
    const range = nextRange(job, size);
    if (range === null) {
      const data = { state: "undone", undoneFrom: 1, finishedAt: book.now, leasedUntil: null } as const;
      await tx.import.update({ where: { id }, data });
      return;
    }
    const undone = await planUndo(tx, job, await readApplied(tx, job, range));
    await writeUndo(tx, book, job, undone);
    const conflicts = await writeConflicts(tx, job, undone);
    await tx.import.update({
      where: { id },
      data: { undoneFrom: range.first, conflicts: { increment: conflicts } },
    });
  });
}

/** Rows from `first` up to, but not including, `end`. */
interface RowRange {
  readonly first: number;
  readonly end: number;
}

/** The next rows to undo, from the end of the file; null: no row is left. */
function nextRange({ undoneFrom, rows, appliedTo }: ImportRecord, size: number): RowRange | null {
  const end = Math.min(undoneFrom ?? rows + 1, appliedTo + 1);
  return end <= 1 ? null : { first: Math.max(1, end - size), end };
}

/** Those of these rows that were applied, last rows first. */
async function readApplied(
  tx: Transaction,
  job: ImportRecord,
  { first, end }: RowRange,
): Promise<readonly AppliedRow[]> {
  return tx.$queryRaw<AppliedRow[]>`
    select row, contact_id as "contactId", outcome = 'create' as "isCreated", coalesce(name, '') as name,
      external_id as "externalId", name_before as "nameBefore", is_adopted as "isAdopted",
      archived_before as "archivedBefore"
    from import_rows
    where import_id = ${job.id}::uuid and row >= ${first} and row < ${end}
      and outcome in ('create', 'update', 'archive') and contact_id is not null
    order by row desc`;
}

async function planUndo(
  tx: Transaction,
  job: ImportRecord,
  rows: readonly AppliedRow[],
): Promise<readonly Undone[]> {
  const byContact = Map.groupBy(rows, ({ contactId }) => contactId);
  const ids = [...byContact.keys()];
  const contacts = await gatherContacts(tx, ids);
  const changes = await readChanges(tx, job.id, ids);
  return contacts.map((contact) => {
    const ofContact = byContact.get(contact.id) ?? [];
    const plan = planImportUndo({
      contact,
      changes: changes.get(contact.id) ?? [],
      isCreated: ofContact.some(({ isCreated }) => isCreated),
      archivedBefore: ofContact.at(-1)?.archivedBefore ?? null,
    });
    return { rows: ofContact, contact, plan };
  });
}

type ImportedChangeRow = ImportedChange & { readonly contactId: string };

async function readChanges(
  tx: Transaction,
  importId: string,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ImportedChange[]>> {
  const rows = await tx.$queryRaw<ImportedChangeRow[]>`
    select h.id, h.contact_id as "contactId", h.address_id as "addressId", h.kind, h.event_id as "eventId",
      h.before_uri as "beforeUri", h.before_key as "beforeKey", h.before_state as "beforeState",
      h.after_uri as "afterUri", h.after_key as "afterKey", h.after_state as "afterState",
      case when u.id is not null then case when u.import_id = h.import_id then 'by-this' else 'by-another' end end
        as undone
    from history h left join history u on u.undoes = h.id
    where h.import_id = ${importId}::uuid and h.contact_id = any(${contactIds}::uuid[]) and h.cause_kind <> 'undo'
    order by h.sequence`;
  return Map.groupBy(rows, ({ contactId }) => contactId);
}

async function writeUndo(
  tx: Transaction,
  book: LockedBook,
  job: ImportRecord,
  undone: readonly Undone[],
): Promise<void> {
  const drafts = undone.map(({ contact, plan, rows }) => {
    const made = plan.assert.map((assertion) => ({ ...assertion, at: null }));
    const additions = { contact, addresses: [], assertions: makeAssertions(book, contact, made) };
    return { contact, plan, rows, additions };
  });
  await insertAdditions(
    tx,
    book,
    drafts.map(({ additions }) => additions),
    "undo",
  );
  const renamed = await restoreFields(
    tx,
    undone.flatMap(({ rows }) => rows),
  );
  const changed = drafts.filter(
    ({ contact, plan }) => plan.assert.length > 0 || plan.archive !== null || renamed.has(contact.id),
  );
  const ids = changed.map(({ contact }) => contact.id);
  await refoldForEdit(tx, book, {
    causes: new Map(ids.map((id) => [id, { kind: "undo" as const }])),
    known: changed.map(({ additions }) => withAdditions(additions)),
    undo: { changes: new Map(changed.flatMap(({ plan }) => [...plan.undoes])), forced: false },
    actor: job.undoActor,
    importId: job.id,
    archive: new Map(
      changed.flatMap(({ contact, plan }) => (plan.archive === null ? [] : [[contact.id, plan.archive]])),
    ),
  });
}

/** Restores names and external ids that are still as the import set them. Returns the contacts. */
async function restoreFields(tx: Transaction, rows: readonly AppliedRow[]): Promise<ReadonlySet<string>> {
  const changed = rows.filter(({ nameBefore, isAdopted }) => nameBefore !== null || isAdopted);
  if (changed.length === 0) return new Set();
  const restored = await tx.$queryRaw<{ id: string }[]>`
    update contacts c set
      name = case when c.name = r.name then coalesce(r."nameBefore", c.name) else c.name end,
      external_id = case when r."isAdopted" and c.external_id = r."externalId" then null else c.external_id end
    from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) as r("contactId" uuid, name text,
      "externalId" text, "nameBefore" text, "isAdopted" boolean)
    where c.id = r."contactId" returning c.id`;
  return new Set(restored.map(({ id }) => id));
}

async function writeConflicts(
  tx: Transaction,
  job: ImportRecord,
  undone: readonly Undone[],
): Promise<number> {
  const rows = undone.flatMap(({ rows: [latest], plan }) => {
    const problems = plan.conflicts.map((detail) => ({ field: "contact", detail }));
    return latest === undefined || problems.length === 0 ? [] : [{ row: latest.row, problems }];
  });
  if (rows.length === 0) return 0;
  return tx.$executeRaw`
    update import_rows i set outcome = 'conflict', problems = i.problems || r.problems
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(row int, problems jsonb)
    where i.import_id = ${job.id}::uuid and i.row = r.row`;
}

/** Marks the next row as a conflict after an internal error, so that the undo can continue. False: no row is left. */
export async function skipNextUndo(
  db: Database,
  { id, bookId }: Pick<ImportRecord, "id" | "bookId">,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    await lockBook(tx, bookId);
    const job = await lockImport(tx, id, "undoing");
    const range = job === null ? null : nextRange(job, 1);
    const [row] = job === null || range === null ? [] : await readApplied(tx, job, range);
    if (job === null || row === undefined) return false;
    const detail = "could not be undone because of an internal error; see sipbook's log";
    const data = { outcome: "conflict", problems: [{ field: "contact", detail }] } as const;
    await tx.importRow.update({ where: { importId_row: { importId: id, row: row.row } }, data });
    await tx.import.update({ where: { id }, data: { undoneFrom: row.row, conflicts: { increment: 1 } } });
    return true;
  });
}
