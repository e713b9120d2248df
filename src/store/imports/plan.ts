import { v7 as uuidv7 } from "uuid";
import { matchRows } from "../../domain/imports/match.ts";
import {
  type GroupPlan,
  type KnownContact,
  planGroup,
  type Row,
  type RowGroup,
  type RowProblem,
} from "../../domain/imports/plan.ts";
import type { Transaction } from "../client.ts";
import { findCandidates, findKnown, findPlanned } from "./candidates.ts";
import type { ImportRecord } from "./imports.ts";
import { type BatchRow, type RowResult, readFollowers, rowResult } from "./rows.ts";

/** The rows of one contact, and what they do. */
export interface PlannedGroup {
  readonly group: RowGroup;
  readonly plan: GroupPlan;
  readonly known: KnownContact | null;
}

interface BatchPlan {
  readonly groups: readonly PlannedGroup[];
  readonly results: readonly RowResult[];
}

/** Plans a batch for the book as it is now; with `ahead`, for the book after all earlier rows are applied. */
export async function planRows(
  tx: Transaction,
  job: ImportRecord,
  batch: readonly BatchRow[],
  { now, ahead }: { readonly now: Date; readonly ahead: boolean },
): Promise<BatchPlan> {
  const leaders = batch.filter(({ kind, leader }) => kind === "contact" && leader === null);
  const followers = await readFollowers(tx, job.id, leaders);
  const lists = leaders.map((row) => [row, ...(followers.get(row.externalId ?? "") ?? [])]);
  const rows = lists.flat();
  const stored = await findCandidates(tx, job.bookId, rows);
  const planned = ahead ? await findPlanned(tx, job.id, rows) : null;
  const byKey = planned === null ? stored.byKey : joinMaps(stored.byKey, planned.byKey);
  const ids = new Map(leaders.map(({ row, plannedId }) => [row, plannedId]));
  const { groups, ambiguous } = matchRows(
    lists,
    { byExternalId: stored.byExternalId, byKey },
    ({ row }) => ids.get(row) ?? uuidv7(),
  );
  const existing = groups.filter(({ found }) => found !== "new").map(({ contactId }) => contactId);
  const known = new Map([...(planned?.made ?? []), ...(await findKnown(tx, existing, stored.names))]);
  const plan = (group: RowGroup, isPlannedBefore: boolean): PlannedGroup => {
    const contact = known.get(group.contactId) ?? null;
    const options = { now: now.getTime(), removesAddresses: job.removesAddresses, isPlannedBefore };
    return { group, known: contact, plan: planGroup(group, contact, options) };
  };
  const first = groups.map((group) => plan(group, false));
  const removing = first.flatMap(({ group, plan: { edit } }) =>
    edit.remove.length > 0 ? [group.contactId] : [],
  );
  const plannedBefore = await findPlannedBefore(tx, job.id, batch, removing);
  const all = first.map((group) =>
    plannedBefore.has(group.group.contactId) ? plan(group.group, true) : group,
  );
  const inBatch = new Set(batch.map(({ row }) => row));
  const results = [
    ...batch.flatMap(({ kind, row }) =>
      kind === "bad" ? [rowResult({ row, outcome: "rejected", contactId: null })] : [],
    ),
    ...all.flatMap(resultsOf),
    ...ambiguous.flatMap(({ rows: about, contactIds }) => about.map(({ row }) => ambiguity(row, contactIds))),
    ...batch.flatMap(({ row, leader }) => (leader === null ? [] : [followed(row, leader)])),
  ];
  // A later row of a contact is planned with the first one, but gets its result in its own batch.
  const unique = new Map(results.filter(({ row }) => inBatch.has(row)).map((result) => [result.row, result]));
  return { groups: all, results: [...unique.values()] };
}

function joinMaps<K, V>(
  a: ReadonlyMap<K, readonly V[]>,
  b: ReadonlyMap<K, readonly V[]>,
): ReadonlyMap<K, readonly V[]> {
  return new Map([
    ...a,
    ...[...b].map(([key, values]) => [key, [...(a.get(key) ?? []), ...values]] as const),
  ]);
}

/** Those of the contacts that are in earlier batches of the import. */
async function findPlannedBefore(
  tx: Transaction,
  importId: string,
  batch: readonly Row[],
  contactIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const [first] = batch;
  if (contactIds.length === 0 || first === undefined) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select distinct contact_id as id from import_rows
    where import_id = ${importId}::uuid and row < ${first.row} and contact_id = any(${contactIds}::uuid[])`;
  return new Set(rows.map(({ id }) => id));
}

/** The first row of a group gets the result of the contact; the others refer to the first one. */
function resultsOf({ group: { contactId, rows }, plan, known }: PlannedGroup): readonly RowResult[] {
  const { outcome, edit, problems } = plan;
  const [first] = rows;
  const about = (row: Row) =>
    problems
      .filter((problem) => problem.row === row.row || (problem.row === null && row === first))
      .map(toFault);
  return rows.map((row) => {
    if (outcome === "rejected")
      return rowResult({ row: row.row, outcome, contactId: null, problems: about(row) });
    if (row !== first) {
      return rowResult({
        row: row.row,
        outcome: "unchanged",
        contactId,
        problems: [...about(row), sameContactAs(first?.row)],
      });
    }
    return {
      row: row.row,
      outcome,
      contactId,
      added: edit.add.length,
      asserted: edit.assert.length,
      removed: edit.remove.length,
      problems: about(row),
      nameBefore: plan.name !== null && known !== null ? known.name : null,
      isAdopted: known !== null && plan.externalId !== null,
      archivedBefore: known?.facts.archivedBy ?? null,
    };
  });
}

const toFault = ({ field, detail }: RowProblem) => ({ field, detail });

const sameContactAs = (row: number | undefined) => ({
  field: "contact",
  detail: `is handled together with row ${row}, which is about the same contact`,
});

/** The result of a row that was handled in an earlier batch, with the first row of its contact. */
function followed(row: number, leader: NonNullable<BatchRow["leader"]>): RowResult {
  const outcome = leader.outcome === "rejected" ? "rejected" : "unchanged";
  return rowResult({ row, outcome, contactId: leader.contactId, problems: [sameContactAs(leader.row)] });
}

function ambiguity(row: number, contactIds: readonly string[]): RowResult {
  const detail = `belong to several contacts: ${contactIds.slice(0, 10).join(", ")}`;
  return rowResult({ row, outcome: "rejected", contactId: null, problems: [{ field: "addresses", detail }] });
}
