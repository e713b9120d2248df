import { LATEST_SCHEMA_VERSION, type PgQueryable, runMigrations } from "bullmq";

/** Runs one statement, with any client, and returns its rows. */
export type RunSql = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Whether BullMQ's own tables, in the schema `bullmq`, are up to date for this version of it. */
export async function isQueueSchemaCurrent(run: RunSql): Promise<boolean> {
  const [table] = await run("SELECT to_regclass('bullmq.migration') IS NOT NULL AS there");
  if (table?.["there"] !== true) return false;
  const [ledger] = await run("SELECT coalesce(max(version), 0)::int AS version FROM bullmq.migration");
  return Number(ledger?.["version"]) >= LATEST_SCHEMA_VERSION;
}

/** Brings them up to date, in one transaction on the given connection. */
export async function migrateQueueSchema(connection: PgQueryable): Promise<void> {
  await runMigrations(connection);
}
