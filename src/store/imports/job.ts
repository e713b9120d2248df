import type { Database, Transaction } from "../client.ts";
import { type ImportRecord, type ImportState, leaseSeconds } from "./imports.ts";

// A worker runs an import in batches. Each batch locks the import, so that two workers never run the same batch.

const working = ["checking", "applying", "undoing"] as const satisfies readonly ImportState[];

/** Leases an import to this worker. Null: another worker has it, or no work is left. */
export async function leaseImport(db: Database, importId: string): Promise<ImportRecord | null> {
  const leased = await db.$executeRaw`
    update imports set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id = ${importId}::uuid and state::text = any(${[...working]})
      and (leased_until is null or leased_until < clock_timestamp())`;
  return leased === 0 ? null : findWork(db, importId);
}

/** The import, if work is left; otherwise null. */
export async function findWork(db: Database, importId: string): Promise<ImportRecord | null> {
  return db.import.findFirst({ where: { id: importId, state: { in: [...working] } } });
}

export async function releaseImport(db: Database, importId: string): Promise<void> {
  await db.$executeRaw`
    update imports set leased_until = null where id = ${importId}::uuid and state <> 'receiving'`;
}

/** Unfinished imports whose job or worker was lost, oldest first. */
export async function findIdleImports(db: Database, limit: number): Promise<readonly string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select id from imports
    where state in ('checking', 'applying', 'undoing') and (leased_until is null or leased_until < clock_timestamp())
    order by id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Imports whose upload broke off: their lease ended while they were received. */
export async function findBrokenUploads(db: Database, limit: number): Promise<readonly string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select id from imports where state = 'receiving' and leased_until < clock_timestamp() order by id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Locks the import until the transaction ends, and extends its lease. Null: it is in another state. */
export async function lockImport(
  tx: Transaction,
  importId: string,
  state: (typeof working)[number],
): Promise<ImportRecord | null> {
  await tx.$executeRaw`
    update imports set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id = ${importId}::uuid and state = ${state}::import_state`;
  return tx.import.findFirst({ where: { id: importId, state } });
}
