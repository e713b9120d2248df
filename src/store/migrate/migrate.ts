import { Client } from "pg";
import type { Logger } from "pino";
import { reasonOf } from "../../faults/reason-of.ts";
import { StartError } from "../../faults/start-error.ts";
import { migrateQueueSchema, type RunSql } from "../../queue/schema.ts";
import { applyMigration } from "./ledger.ts";
import { migrationFolder } from "./migrations.ts";
import { findPending, namesOf } from "./pending.ts";

/** The advisory lock of the process that migrates. Any number that no other program locks: "sipb" in ASCII. */
export const lockKey = 0x73697062;

/**
 * Applies what `pendingMigrations` lists. Processes that start together take turns: each one applies what the ones
 * before it left. Throws StartError if PostgreSQL cannot be reached, if a migration fails, or if the database belongs
 * to another line of migrations.
 */
export async function migrate(url: string, log: Logger, folder: string = migrationFolder): Promise<void> {
  await withConnection(url, async (client, run) => {
    if (namesOf(await findPending(run, folder)).length === 0) return;
    await run(`SELECT pg_advisory_lock(${lockKey})`);
    const { migrations, needsQueue } = await findPending(run, folder);
    if (migrations.length > 0)
      log.info({ migrations: migrations.map(({ name }) => name) }, "Migrating the database");
    for (const migration of migrations) {
      try {
        await applyMigration(client, migration);
      } catch (error) {
        throw new StartError(
          `The database could not be migrated: ${migration.name} failed, ${reasonOf(error)}`,
        );
      }
    }
    if (needsQueue) await migrateQueueSchema(client);
  });
}

/** For a process that does not migrate by itself. Throws StartError if a migration is missing. */
export async function checkMigrated(url: string, folder: string = migrationFolder): Promise<void> {
  const pending = namesOf(await withConnection(url, (_client, run) => findPending(run, folder)));
  if (pending.length > 0) {
    throw new StartError(
      `The database is not migrated (${pending.join(", ")}): run \`sipbook migrate\` first`,
    );
  }
}

async function withConnection<T>(url: string, use: (client: Client, run: RunSql) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
    application_name: "sipbook",
    // Longest wait for another process that migrates. It is a startup parameter, as on every other connection of ours:
    // a pooler that refuses startup parameters is found here, at the start.
    lock_timeout: 600_000,
  });
  // If the server goes away, the running query fails too, and its caller gets the error.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    const reason = reasonOf(error);
    throw new StartError(
      reason.includes("startup parameter")
        ? `A pooler in front of PostgreSQL refuses the connection (${reason}): see PgBouncer in docs/deploy.md`
        : `PostgreSQL cannot be reached, look at DATABASE_URL: ${reason}`,
    );
  }
  try {
    return await use(client, async (sql) => (await client.query<Record<string, unknown>>(sql)).rows);
  } finally {
    await client.end();
  }
}
