import { StartError } from "../../faults/start-error.ts";
import { isQueueSchemaCurrent, type RunSql } from "../../queue/schema.ts";
import type { Database } from "../client.ts";
import { findApplied } from "./ledger.ts";
import { type Migration, migrationFolder, readMigrations } from "./migrations.ts";

/** What a database still needs. */
interface PendingWork {
  readonly migrations: readonly Migration[];
  /** Whether BullMQ's own tables are missing or old. */
  readonly needsQueue: boolean;
}

/** What `migrate` has left to do: the names of migrations, and `bullmq` for the queue's own tables. */
export async function pendingMigrations(
  db: Database,
  folder: string = migrationFolder,
): Promise<readonly string[]> {
  return namesOf(await findPending((sql) => db.$queryRawUnsafe(sql), folder));
}

export function namesOf({ migrations, needsQueue }: PendingWork): readonly string[] {
  return [...migrations.map(({ name }) => name), ...(needsQueue ? ["bullmq"] : [])];
}

/** Throws StartError if the database belongs to another line of migrations. */
export async function findPending(run: RunSql, folder: string): Promise<PendingWork> {
  const known = await readMigrations(folder);
  const applied = await findApplied(run);
  const conflict = findConflict(known, applied);
  if (conflict !== null) {
    throw new StartError(
      `The database belongs to another line of migrations (${conflict}): ` +
        "use the release of sipbook that migrated it, or set DATABASE_URL to an empty database",
    );
  }
  return {
    migrations: known.filter(({ name }) => !applied.has(name)),
    needsQueue: !(await isQueueSchemaCurrent(run)),
  };
}

/**
 * Why the applied migrations are not the beginning of the known ones, or null. Migrations of a newer release are
 * allowed after the last known one, so that an older release can be started on the database again.
 */
function findConflict(known: readonly Migration[], applied: ReadonlyMap<string, string>): string | null {
  const changed = known.find(({ name, checksum }) => (applied.get(name) ?? checksum) !== checksum);
  if (changed !== undefined) return `${changed.name} was applied with other contents`;
  const last = known.at(-1)?.name ?? "";
  const isComplete = known.every(({ name }) => applied.has(name));
  const names = new Set(known.map(({ name }) => name));
  const foreign = [...applied.keys()].find((name) => !names.has(name) && !(isComplete && name > last));
  return foreign === undefined ? null : `this release does not have ${foreign}, which was applied`;
}
