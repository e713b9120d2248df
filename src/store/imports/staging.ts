import type { Row } from "../../domain/imports/plan.ts";
import type { Database, Transaction } from "../client.ts";
import { leaseSeconds } from "./imports.ts";

/** A row as it was read from the file. */
export interface StagedRow {
  readonly place: string;
  /** Null: the row is invalid, and `faults` says why. */
  readonly contact: Pick<Row, "externalId" | "name" | "addresses"> | null;
  readonly isPartial: boolean;
  readonly faults: readonly { readonly field: string; readonly detail: string }[];
}

/** Stores rows of an import that is being received, after the `before` rows stored so far. */
export async function stageRows(
  db: Database,
  importId: string,
  before: number,
  staged: readonly StagedRow[],
): Promise<void> {
  const rows = staged.map(({ place, contact, isPartial, faults }, i) => ({
    row: before + i + 1,
    place,
    kind: contact === null ? "bad" : "contact",
    outcome: contact === null ? "rejected" : null,
    external_id: contact?.externalId ?? null,
    name: contact?.name ?? null,
    addresses: contact?.addresses ?? [],
    is_partial: isPartial,
    faults,
  }));
  await db.$transaction(async (tx) => {
    await tx.$executeRaw`
      insert into import_rows (import_id, row, place, kind, outcome, external_id, name, addresses, is_partial, faults)
      select ${importId}::uuid, r.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(row int, place text,
        kind import_row_kind, outcome import_outcome, external_id text, name text, addresses jsonb,
        is_partial boolean, faults jsonb)`;
    await insertKeys(tx, importId, rows);
    const warned = staged.filter(({ contact, faults }) => contact !== null && faults.length > 0).length;
    await tx.$executeRaw`
      update imports set rows = ${before + staged.length}, warned = warned + ${warned}
      where id = ${importId}::uuid and state = 'receiving'`;
  });
}

async function insertKeys(
  tx: Transaction,
  importId: string,
  rows: readonly { readonly row: number; readonly addresses: readonly { readonly key: string }[] }[],
): Promise<void> {
  const keys = rows.flatMap(({ row, addresses }) => addresses.map(({ key }) => ({ row, key })));
  await tx.$executeRaw`
    insert into import_keys (import_id, key, row)
    select ${importId}::uuid, k.key, k.row
    from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as k(key text, row int) on conflict do nothing`;
}

/** Extends the lease of an import that is being received. */
export async function keepReceiving(db: Database, importId: string): Promise<void> {
  await db.$executeRaw`
    update imports set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id = ${importId}::uuid and state = 'receiving'`;
}

/** The whole file is stored: a worker can start. False: the upload was given up meanwhile. */
export async function finishReceiving(db: Database, importId: string): Promise<boolean> {
  const changed = await db.$executeRaw`
    update imports set state = 'checking', leased_until = null where id = ${importId}::uuid and state = 'receiving'`;
  return changed === 1;
}

export const uploadInterrupted = "The upload was interrupted and nothing was imported: send the file again";

/** The upload failed: deletes the contacts read so far. `reason` is a sentence for the person who sent the file. */
export async function failReceiving(db: Database, importId: string, reason: string): Promise<void> {
  const changed = await db.$executeRaw`
    update imports set state = 'failed', error = ${reason}, idempotency_key = null, leased_until = null,
      finished_at = clock_timestamp()
    where id = ${importId}::uuid and state = 'receiving'`;
  if (changed === 0) return;
  await db.$executeRaw`delete from import_keys where import_id = ${importId}::uuid`;
  await db.$executeRaw`delete from import_rows where import_id = ${importId}::uuid and kind = 'contact'`;
}
