import type { Row } from "../../domain/imports/plan.ts";
import type { Transaction } from "../client.ts";
import type { ImportRecord } from "./imports.ts";

/** A row to check or to apply. */
export interface BatchRow extends Row {
  readonly kind: "contact" | "bad" | "missing";
  /** The id that the check gave to a new contact; for a `missing` row, the contact. */
  readonly plannedId: string | null;
  /** The first row with the same external id; null if that is this row. */
  readonly leader: {
    readonly row: number;
    readonly outcome: string | null;
    readonly contactId: string | null;
  } | null;
}

/** The result of a row. */
export interface RowResult {
  readonly row: number;
  readonly outcome: "create" | "update" | "unchanged" | "rejected" | "archive";
  readonly contactId: string | null;
  readonly added: number;
  readonly asserted: number;
  readonly removed: number;
  readonly problems: readonly { readonly field: string; readonly detail: string }[];
  readonly nameBefore: string | null;
  readonly isAdopted: boolean;
  readonly archivedBefore: "person" | "empty" | null;
}

/** A result with defaults: the row changed nothing. */
export const rowResult = (
  given: Pick<RowResult, "row" | "outcome" | "contactId"> & Partial<RowResult>,
): RowResult => ({
  added: 0,
  asserted: 0,
  removed: 0,
  problems: [],
  nameBefore: null,
  isAdopted: false,
  archivedBefore: null,
  ...given,
});

/** The rows after `after`; at most `limit`. Row numbers have no gaps, so an empty batch is the end. */
export async function readBatch(
  tx: Transaction,
  importId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly BatchRow[]> {
  return tx.$queryRaw<BatchRow[]>`
    with batch as materialized (
      select * from import_rows
      where import_id = ${importId}::uuid and row > ${after} and row <= ${after + limit}
    )
    select r.row, r.kind, r.external_id as "externalId", coalesce(r.name, '') as name, r.addresses,
      r.is_partial as "isPartial",
      case when r.outcome in ('create', 'archive') then r.contact_id end as "plannedId",
      case when l.row is not null then
        jsonb_build_object('row', l.row, 'outcome', l.outcome, 'contactId', l.contact_id)
      end as leader
    from batch r
    left join lateral (
      select row, outcome, contact_id from import_rows o
      where r.kind = 'contact' and o.import_id = ${importId}::uuid and o.external_id = r.external_id and o.row < r.row
      order by o.external_id, o.row limit 1
    ) l on true
    order by r.row`;
}

/** Most further rows read for one contact: together they have more addresses than a contact may have. */
const maxFollowers = 200;

/** The further rows of the contacts whose first rows are given, by external id. */
export async function readFollowers(
  tx: Transaction,
  importId: string,
  leaders: readonly Row[],
): Promise<ReadonlyMap<string, readonly Row[]>> {
  const named = leaders.flatMap(({ row, externalId }) => (externalId === null ? [] : [{ row, externalId }]));
  if (named.length === 0) return new Map();
  const rows = await tx.$queryRaw<Row[]>`
    select f.* from jsonb_to_recordset(${JSON.stringify(named)}::jsonb) as l(row int, "externalId" text)
    cross join lateral (
      select r.row, r.external_id as "externalId", r.name, r.addresses, r.is_partial as "isPartial"
      from import_rows r
      where r.import_id = ${importId}::uuid and r.external_id = l."externalId" and r.row > l.row
        and r.kind = 'contact'
      order by r.external_id, r.row limit ${maxFollowers}
    ) f`;
  return Map.groupBy(rows, ({ externalId }) => externalId ?? "");
}

/** Writes the results of rows, and adds them to the import's counts. */
export async function writeResults(
  tx: Transaction,
  job: ImportRecord,
  results: readonly RowResult[],
  progress: { readonly checkedTo: number } | { readonly appliedTo: number },
): Promise<void> {
  const json = JSON.stringify(results);
  await tx.$executeRaw`
    update import_rows i set outcome = r.outcome, contact_id = r."contactId", added = r.added, asserted = r.asserted,
      removed = r.removed, problems = r.problems, name_before = r."nameBefore", is_adopted = r."isAdopted",
      archived_before = r."archivedBefore"
    from jsonb_to_recordset(${json}::jsonb) as r(row int, outcome import_outcome, "contactId" uuid, added int,
      asserted int, removed int, problems jsonb, "nameBefore" text, "isAdopted" boolean,
      "archivedBefore" archived_by)
    where i.import_id = ${job.id}::uuid and i.row = r.row
      and (i.outcome, i.contact_id, i.added, i.asserted, i.removed, i.problems, i.name_before, i.is_adopted,
        i.archived_before)
        is distinct from (r.outcome, r."contactId", r.added, r.asserted, r.removed, r.problems, r."nameBefore",
        r."isAdopted", r."archivedBefore")`;
  const count = (outcome: RowResult["outcome"]) =>
    results.filter((result) => result.outcome === outcome).length;
  const sum = (field: "added" | "asserted" | "removed") =>
    results.reduce((total, result) => total + result[field], 0);
  await tx.import.update({
    where: { id: job.id },
    data: {
      ...progress,
      created: { increment: count("create") },
      updated: { increment: count("update") },
      unchanged: { increment: count("unchanged") },
      rejected: { increment: count("rejected") },
      archived: { increment: count("archive") },
      added: { increment: sum("added") },
      asserted: { increment: sum("asserted") },
      removed: { increment: sum("removed") },
    },
  });
}
