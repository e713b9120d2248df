import { v7 as uuidv7 } from "uuid";
import type { Database } from "../client.ts";
import type { Prisma } from "../generated/client.ts";
import type { ImportOutcome, ImportState } from "../generated/enums.ts";

export type { ImportOutcome, ImportState };
export type ImportRecord = Prisma.ImportGetPayload<object>;
export type ImportRowRecord = Prisma.ImportRowGetPayload<object>;

interface NewImport {
  readonly format: string;
  /** The name of the key that sent it. */
  readonly actor: string;
  readonly idempotencyKey: string | null;
  readonly validateOnly: boolean;
  readonly removesAddresses: boolean;
  readonly archivesMissing: boolean;
  readonly allowsRemovals: boolean;
}

/** Lease of the process that receives or applies an import; another one may take over after it. */
export const leaseSeconds = 60;

/** Days that an import's rows are kept after its end; until then it can be undone or resumed. */
export const keptDays = 30;

/** Returns the new import, or the earlier one with the same idempotency key. */
export async function createImport(
  db: Database,
  bookId: string,
  fields: NewImport,
): Promise<{ readonly row: ImportRecord; readonly isNew: boolean }> {
  const leasedUntil = new Date(Date.now() + leaseSeconds * 1000);
  const [made] = await db.import.createManyAndReturn({
    data: [{ id: uuidv7(), bookId, leasedUntil, ...fields }],
    skipDuplicates: true,
  });
  if (made !== undefined) return { row: made, isNew: true };
  const { idempotencyKey } = fields;
  const row = await db.import.findFirstOrThrow({ where: { bookId, idempotencyKey } });
  return { row, isNew: false };
}

/** Null: import not found. */
export async function findImport(db: Database, bookId: string, id: string): Promise<ImportRecord | null> {
  return db.import.findFirst({ where: { id, bookId } });
}

/** Newest first; at most `limit`. */
export async function listImports(
  db: Database,
  bookId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly ImportRecord[]> {
  return db.import.findMany({
    where: { bookId, ...(after === null ? {} : { id: { lt: after } }) },
    orderBy: { id: "desc" },
    take: limit,
  });
}

/** In the order of the file; at most `limit`. */
export async function listImportRows(
  db: Database,
  importId: string,
  { outcome, isWarned = false }: { readonly outcome?: ImportOutcome; readonly isWarned?: boolean },
  { after, limit }: { readonly after: number | null; readonly limit: number },
): Promise<readonly ImportRowRecord[]> {
  return db.importRow.findMany({
    where: {
      importId,
      ...(outcome === undefined ? {} : { outcome }),
      ...(isWarned ? { kind: "contact", NOT: { faults: { equals: [] } } } : {}),
      ...(after === null ? {} : { row: { gt: after } }),
    },
    orderBy: { row: "asc" },
    take: limit,
  });
}

/** Continues an import that waits for a person's decision. False: it does not wait. */
export async function proceedWithImport(db: Database, bookId: string, id: string): Promise<boolean> {
  const changed = await db.$executeRaw`
    update imports set state = 'applying', stop_reason = null, finished_at = null,
      created = 0, updated = 0, unchanged = 0, rejected = 0, archived = 0, added = 0, asserted = 0, removed = 0
    where id = ${id}::uuid and book_id = ${bookId}::uuid and state in ('stopped', 'checked')
      and finished_at > clock_timestamp() - make_interval(days => ${keptDays})`;
  return changed === 1;
}

/** Stops an import if it runs, and starts to undo it. False: it cannot be undone. */
export async function startUndo(db: Database, bookId: string, id: string, actor: string): Promise<boolean> {
  const changed = await db.$executeRaw`
    update imports set state = 'undoing', undo_actor = ${actor}, undone_from = rows + 1, finished_at = null
    where id = ${id}::uuid and book_id = ${bookId}::uuid and state in ('checking', 'applying', 'done')
      and (finished_at is null or finished_at > clock_timestamp() - make_interval(days => ${keptDays}))`;
  return changed === 1;
}
