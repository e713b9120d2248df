import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { openDatabase } from "../../../src/store/client.ts";
import { checkMigrated, diffSchema, lockKey, migrate } from "../../../src/store/migrate/migrate.ts";
import { pendingMigrations } from "../../../src/store/migrate/migrations.ts";
import { createDatabase, makeFolder, runSql, silent } from "../../support/processes/postgres.ts";

let url: string;
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  const database = await createDatabase(inject("serverUrl"));
  url = database.url;
  closers.push(() => database.drop());
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A throw-away folder of migrations, in Prisma's format. */
async function makeMigrations(migrations: Readonly<Record<string, string>>): Promise<string> {
  const folder = await makeFolder();
  closers.push(() => folder.remove());
  await writeFile(join(folder.path, "migration_lock.toml"), 'provider = "postgresql"\n');
  for (const [name, sql] of Object.entries(migrations)) await addMigration(folder.path, name, sql);
  return folder.path;
}

async function addMigration(folder: string, name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, "migration.sql"), sql);
}

async function pendingIn(folder: string): Promise<readonly string[]> {
  const db = openDatabase(url, { poolSize: 1 });
  try {
    return await pendingMigrations(db, folder);
  } finally {
    await db.close();
  }
}

const first = "CREATE TABLE first (id int);";
const withFunction = `
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'history is append-only; really';
  END;
  $$;
  CREATE TRIGGER keep BEFORE DELETE ON first FOR EACH STATEMENT EXECUTE FUNCTION refuse();`;

test("an empty database gets every migration in order, and the queue's tables, once", async () => {
  const folder = await makeMigrations({ "0002_function": withFunction, "0001_first": first });
  expect(await pendingIn(folder)).toEqual(["0001_first", "0002_function", "bullmq"]);
  await migrate(url, silent, folder);
  expect(await pendingIn(folder)).toEqual([]);
  await migrate(url, silent, folder);
  const applied = "SELECT migration_name AS name FROM _prisma_migrations ORDER BY started_at";
  expect(await runSql(url, applied)).toEqual([{ name: "0001_first" }, { name: "0002_function" }]);
  await expect(runSql(url, "DELETE FROM first")).rejects.toThrow("history is append-only; really");
});

test("a later release applies only what is new", async () => {
  const folder = await makeMigrations({ "0001_first": first });
  await migrate(url, silent, folder);
  await addMigration(folder, "0002_second", "CREATE TABLE second (id int);");
  expect(await pendingIn(folder)).toEqual(["0002_second"]);
  await expect(checkMigrated(url, folder)).rejects.toThrow("The database is not migrated (0002_second)");
  await migrate(url, silent, folder);
  await expect(checkMigrated(url, folder)).resolves.toBeUndefined();
});

test("processes that start together take turns", async () => {
  const folder = await makeMigrations({ "0001_first": first });
  await Promise.all([1, 2, 3, 4].map(() => migrate(url, silent, folder)));
  expect(await runSql(url, "SELECT count(*)::int AS count FROM _prisma_migrations")).toEqual([{ count: 1 }]);
});

test("a migration that fails leaves nothing behind, says why in one line, and may be mended", async () => {
  const folder = await makeMigrations({ "0001_bad": "CREATE TABLE half (id int); SELECT nonsense;" });
  const failure = migrate(url, silent, folder);
  await expect(failure).rejects.toThrow(
    /^The database could not be migrated: [^\n]*column "nonsense" does not exist[^\n]*$/,
  );
  expect(await runSql(url, "SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
  await writeFile(join(folder, "0001_bad/migration.sql"), first);
  await migrate(url, silent, folder);
  expect(await pendingIn(folder)).toEqual([]);
});

test("a start with nothing to do waits for nobody, not even for one that migrates", async () => {
  const folder = await makeMigrations({ "0001_first": first });
  await migrate(url, silent, folder);
  const other = new Client({ connectionString: url });
  closers.push(() => other.end());
  await other.connect();
  await other.query(`SELECT pg_advisory_lock(${lockKey})`);
  await expect(migrate(url, silent, folder)).resolves.toBeUndefined();
});

test("a database that cannot be reached is told in one line", async () => {
  const nowhere = "postgresql://u:hunter2@127.0.0.1:1/book";
  await expect(migrate(nowhere, silent)).rejects.toThrow(
    /^PostgreSQL cannot be reached, [^\n]*ECONNREFUSED[^\n]*$/,
  );
  await expect(migrate(nowhere, silent)).rejects.not.toThrow("hunter2");
});

test("our migrations build what prisma/schema.prisma says", async () => {
  await migrate(url, silent);
  expect(await diffSchema(url)).toBe("");
});

test("a difference between the two is told as SQL", async () => {
  await migrate(url, silent);
  await runSql(url, "ALTER TABLE books DROP COLUMN name");
  expect(await diffSchema(url)).toContain('ADD COLUMN     "name"');
});
