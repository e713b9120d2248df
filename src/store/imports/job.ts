import type { Database, Transaction } from "../client.ts";
import { type ImportRecord, type ImportState, leaseSeconds } from "./imports.ts";

// What a worker does of an import, batch by batch. Each batch locks the import, so that two workers do not meet in one.

const working = ["checking", "applying", "undoing"] as const satisfies readonly ImportState[];

/** Takes an import for this worker. Null where another one has it, or where there is nothing to do. */
export async function leaseImport(db: Database, importId: string): Promise<ImportRecord | null> {
  const leased = await db.$executeRaw`
    update imports set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id = ${importId}::uuid and state::text = any(${[...working]})
      and (leased_until is null or leased_until < clock_timestamp())`;
  return leased === 0 ? null : findWork(db, importId);
}

/** An import that this worker has leased; null where nothing is left to do. */
export async function findWork(db: Database, importId: string): Promise<ImportRecord | null> {
  return db.import.findFirst({ where: { id: importId, state: { in: [...working] } } });
}

export async function releaseImport(db: Database, importId: string): Promise<void> {
  await db.$executeRaw`
    update imports set leased_until = null where id = ${importId}::uuid and state <> 'receiving'`;
}

/** Imports that nobody works on, the oldest first: their job was lost, or their worker. */
export async function findIdleImports(db: Database, limit: number): Promise<readonly string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select id from imports
    where state in ('checking', 'applying', 'undoing') and (leased_until is null or leased_until < clock_timestamp())
    order by id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Imports of which nothing was heard for as long as a lease lasts while they were received. */
export async function findBrokenUploads(db: Database, limit: number): Promise<readonly string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select id from imports where state = 'receiving' and leased_until < clock_timestamp() order by id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** The import, locked until the transaction ends, its lease renewed; null where it is in another state by now. */
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
