import { LATEST_SCHEMA_VERSION, type PgQueryable, runMigrations } from "bullmq";

/** Rows of one statement, from whichever client is at hand. */
export type RunSql = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Whether BullMQ's own tables, in the schema `bullmq`, are as this version of it wants them. */
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
