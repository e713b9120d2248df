import type { Client } from "pg";
import type { RunSql } from "../../queue/schema.ts";
import type { Migration } from "./migrations.ts";

// Prisma's own table, column by column, so that `prisma migrate deploy` can be used on the same database.
const createLedger = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  varchar(36) PRIMARY KEY NOT NULL,
    checksum            varchar(64) NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;

/** The checksum of each applied migration, by its name. */
export async function findApplied(run: RunSql): Promise<ReadonlyMap<string, string>> {
  const [table] = await run("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there");
  if (table?.["there"] !== true) return new Map();
  const rows = await run(
    `SELECT migration_name, checksum FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return new Map(rows.map((row) => [String(row["migration_name"]), String(row["checksum"])]));
}

/** Applies one migration and records it, in one transaction: a migration that fails leaves nothing behind. */
export async function applyMigration(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(createLedger);
    // Prisma records a migration before it applies it. An attempt that did not finish must not block the next one.
    await client.query(
      `UPDATE _prisma_migrations SET rolled_back_at = now()
       WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
      [name],
    );
    // clock_timestamp(), since now() is the time at which the transaction began.
    const { rows } = await client.query<{ at: Date }>("SELECT clock_timestamp() AS at");
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES (gen_random_uuid(), $1, $2, $3, clock_timestamp(), 1)`,
      [checksum, name, rows[0]?.at],
    );
    await client.query("COMMIT");
  } catch (error) {
    // If the connection is lost, PostgreSQL rolls back itself.
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}
