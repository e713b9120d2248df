import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Client } from "pg";
import type { Logger } from "pino";
import { reasonOf } from "../../faults/reason-of.ts";
import { StartError } from "../../faults/start-error.ts";
import { migrateQueueSchema, type RunSql } from "../../queue/schema.ts";
import { findPending, forgetFailed, migrationFolder, readMigrations } from "./migrations.ts";
import { type SchemaFile, withSchemaEngine } from "./schema-engine.ts";

const schemaFile = join(import.meta.dirname, "../../../prisma/schema.prisma");
const noFilters = { externalTables: [], externalEnums: [] };

/** Who migrates holds this lock of the database. Any number that nobody else locks: "sipb" in ASCII. */
export const lockKey = 0x73697062;

/**
 * Applies what `pendingMigrations` lists, in the bookkeeping of Prisma, so that `prisma migrate deploy` may be used
 * as well. Processes that start together take turns; each finds what the one before it did. Throws StartError with
 * PostgreSQL's reason where it cannot be reached or a migration fails.
 */
export async function migrate(url: string, log: Logger, folder: string = migrationFolder): Promise<void> {
  await withConnection(url, async (client, run) => {
    if ((await findPending(run, folder)).length === 0) return;
    await run(`SELECT pg_advisory_lock(${lockKey})`);
    const pending = await findPending(run, folder);
    const ours = pending.filter((name) => name !== "bullmq");
    if (ours.length > 0) {
      log.info({ migrations: ours }, "Migrating the database");
      await forgetFailed(run);
      await applyMigrations(url, folder);
    }
    if (pending.includes("bullmq")) await migrateQueueSchema(client);
  });
}

/** For a process that does not migrate by itself. Throws StartError where a migration is missing. */
export async function checkMigrated(url: string, folder: string = migrationFolder): Promise<void> {
  const pending = await withConnection(url, (_client, run) => findPending(run, folder));
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
    // Who waits behind another one that migrates. Said at the start of the connection, as every other one says its own:
    // a pooler that refuses that is found out here.
    lock_timeout: 600_000,
  });
  // A server that goes away fails the query at hand as well, and that is told to the caller.
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

/** What would have to change in the database to match prisma/schema.prisma, as SQL: empty where they agree. */
export async function diffSchema(url: string, path: string = schemaFile): Promise<string> {
  const schema = await readSchema(path);
  const files = [schema];
  const { stdout } = await withSchemaEngine(url, schema, (engine) =>
    engine.diff({
      from: { tag: "schemaDatasource", files, configDir: "." },
      to: { tag: "schemaDatamodel", files },
      script: true,
      exitCode: null,
      filters: noFilters,
    }),
  );
  const statements = (stdout ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("--"));
  return statements.join("\n");
}

async function applyMigrations(url: string, folder: string): Promise<void> {
  const migrations = await readMigrations(folder);
  const lockfile = await readFile(join(folder, "migration_lock.toml"), "utf8");
  const migrationsList = {
    baseDir: folder,
    lockfile: { path: "migration_lock.toml", content: lockfile },
    shadowDbInitScript: "",
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value: sql } },
    })),
  };
  const schema = await readSchema(schemaFile);
  try {
    await withSchemaEngine(url, schema, (engine) =>
      engine.applyMigrations({ migrationsList, filters: noFilters }),
    );
  } catch (error) {
    throw new StartError(`The database could not be migrated: ${reasonOf(error)}`);
  }
}

async function readSchema(path: string): Promise<SchemaFile> {
  return { path: basename(path), content: await readFile(path, "utf8") };
}
