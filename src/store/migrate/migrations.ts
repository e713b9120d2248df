import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isQueueSchemaCurrent, type RunSql } from "../../queue/schema.ts";
import type { Database } from "../client.ts";

/** In the format of Prisma: one folder with a migration.sql for each, in the order of their names. */
export const migrationFolder = join(import.meta.dirname, "../../../prisma/migrations");

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = await readMigrationNames(folder);
  return Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(join(folder, name, "migration.sql"), "utf8") })),
  );
}

/** What `migrate` would still do: names of migrations, and `bullmq` for the queue's own tables. */
export async function pendingMigrations(
  db: Database,
  folder: string = migrationFolder,
): Promise<readonly string[]> {
  return findPending((sql) => db.$queryRawUnsafe(sql), folder);
}

export async function findPending(run: RunSql, folder: string): Promise<readonly string[]> {
  const names = await readMigrationNames(folder);
  const applied = await findApplied(run);
  const pending = names.filter((name) => !applied.has(name));
  return (await isQueueSchemaCurrent(run)) ? pending : [...pending, "bullmq"];
}

/**
 * Lets a migration that failed, or was killed, be tried again: the engine would refuse. Each is one transaction, so
 * PostgreSQL has rolled back what it did.
 */
export async function forgetFailed(run: RunSql): Promise<void> {
  if (!(await hasLedger(run))) return;
  await run(
    "UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL",
  );
}

async function hasLedger(run: RunSql): Promise<boolean> {
  const [table] = await run("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there");
  return table?.["there"] === true;
}

async function findApplied(run: RunSql): Promise<ReadonlySet<string>> {
  if (!(await hasLedger(run))) return new Set();
  const rows = await run(
    "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
  );
  return new Set(rows.map((row) => String(row["migration_name"])));
}

async function readMigrationNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}
