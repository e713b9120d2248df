import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { checkMigrated, lockKey, migrate } from "../../../src/store/migrate/migrate.ts";
import { migrationFolder } from "../../../src/store/migrate/migrations.ts";
import { pendingMigrations } from "../../../src/store/migrate/pending.ts";
import { deployWithPrisma, diffSchema } from "../../support/migrate/prisma.ts";
import {
  createDatabase,
  makeFolder,
  openTestDatabase,
  runSql,
  silent,
} from "../../support/processes/postgres.ts";

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
  const db = openTestDatabase(url, 1);
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

test("an empty database gets every migration once and in order, and the queue's tables", async () => {
  const folder = await makeMigrations({ "0002_function": withFunction, "0001_first": first });
  expect(await pendingIn(folder)).toEqual(["0001_first", "0002_function", "bullmq"]);
  await migrate(url, silent, folder);
  expect(await pendingIn(folder)).toEqual([]);
  await migrate(url, silent, folder);
  const applied = "SELECT migration_name AS name FROM _prisma_migrations ORDER BY started_at";
  expect(await runSql(url, applied)).toEqual([{ name: "0001_first" }, { name: "0002_function" }]);
  await expect(runSql(url, "DELETE FROM first")).rejects.toThrow("history is append-only; really");
});

test("a later release applies only the new migrations", async () => {
  const folder = await makeMigrations({ "0001_first": first });
  await migrate(url, silent, folder);
  await addMigration(folder, "0002_second", "CREATE TABLE second (id int);");
  expect(await pendingIn(folder)).toEqual(["0002_second"]);
  await expect(checkMigrated(url, folder)).rejects.toThrow("The database is not migrated (0002_second)");
  await migrate(url, silent, folder);
  await expect(checkMigrated(url, folder)).resolves.toBeUndefined();
});

test("processes that start together migrate one after another", async () => {
  const folder = await makeMigrations({ "0001_first": first });
  await Promise.all([1, 2, 3, 4].map(() => migrate(url, silent, folder)));
  expect(await runSql(url, "SELECT count(*)::int AS count FROM _prisma_migrations")).toEqual([{ count: 1 }]);
});

test("a migration that fails leaves nothing behind, says why in one line, and can be corrected", async () => {
  const folder = await makeMigrations({ "0001_bad": "CREATE TABLE half (id int); SELECT nonsense;" });
  const failure = migrate(url, silent, folder);
  await expect(failure).rejects.toThrow(
    /^The database could not be migrated: 0001_bad failed, column "nonsense" does not exist[^\n]*$/,
  );
  const left = "SELECT to_regclass('half') AS half, to_regclass('_prisma_migrations') AS ledger";
  expect(await runSql(url, left)).toEqual([{ half: null, ledger: null }]);
  await writeFile(join(folder, "0001_bad/migration.sql"), first);
  await migrate(url, silent, folder);
  expect(await pendingIn(folder)).toEqual([]);
});

test("a migration that fails keeps the ones before it", async () => {
  const folder = await makeMigrations({ "0001_first": first, "0002_bad": "SELECT nonsense;" });
  await expect(migrate(url, silent, folder)).rejects.toThrow("0002_bad failed");
  expect(await pendingIn(folder)).toEqual(["0002_bad", "bullmq"]);
  expect(await runSql(url, "SELECT migration_name AS name FROM _prisma_migrations")).toEqual([
    { name: "0001_first" },
  ]);
});

// a database on which this was applied, after 0001_first, refuses the release with 0001_first and 0003_third
const otherLines: [string, Readonly<Record<string, string>>, RegExp][] = [
  [
    "the same migration with other contents",
    { "0001_first": "CREATE TABLE other (id int);" },
    /^The database belongs to another line of migrations \(0001_first was applied with other contents\): use [^\n]*$/,
  ],
  [
    "a migration that the release does not have",
    { "0001_first": first, "0002_other": "CREATE TABLE other (id int);" },
    /^The database belongs to another line [^\n]* \(this release does not have 0002_other, which was applied\): use [^\n]*$/,
  ],
  [
    "a later migration, but not those of the release before it",
    { "0001_first": first, "0004_other": "CREATE TABLE other (id int);" },
    /^The database belongs to another line [^\n]* \(this release does not have 0004_other, which was applied\): use [^\n]*$/,
  ],
];

test.for(otherLines)(
  "a database of another line of migrations is refused: %s",
  async ([, theirs, message]) => {
    await migrate(url, silent, await makeMigrations(theirs));
    const folder = await makeMigrations({
      "0001_first": first,
      "0003_third": "CREATE TABLE third (id int);",
    });
    await expect(migrate(url, silent, folder)).rejects.toThrow(message);
    await expect(checkMigrated(url, folder)).rejects.toThrow(message);
    expect(await runSql(url, "SELECT to_regclass('third') AS third")).toEqual([{ third: null }]);
  },
);

test("an older release starts on the database of a newer one", async () => {
  const newer = { "0001_first": first, "0002_newer": "CREATE TABLE newer (id int);" };
  await migrate(url, silent, await makeMigrations(newer));
  const folder = await makeMigrations({ "0001_first": first });
  await expect(migrate(url, silent, folder)).resolves.toBeUndefined();
  await expect(checkMigrated(url, folder)).resolves.toBeUndefined();
});

test("Prisma records the same migrations in the same table", async () => {
  const other = await createDatabase(inject("serverUrl"));
  closers.push(() => other.drop());
  await migrate(url, silent);
  expect(await deployWithPrisma(other.url, migrationFolder)).not.toEqual([]);
  const columns = `
    SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`;
  const rows = `
    SELECT migration_name, checksum, length(id) AS id, logs, applied_steps_count, rolled_back_at,
           finished_at >= started_at AS finished
    FROM _prisma_migrations ORDER BY started_at`;
  expect(await runSql(url, columns)).toEqual(await runSql(other.url, columns));
  expect(await runSql(url, rows)).toEqual(await runSql(other.url, rows));
});

test("Prisma and sipbook go on where the other one stopped", async () => {
  const folder = await makeMigrations({ "0001_first": first });
  await migrate(url, silent, folder);
  await addMigration(folder, "0002_second", "CREATE TABLE second (id int);");
  expect(await deployWithPrisma(url, folder)).toEqual(["0002_second"]);
  await addMigration(folder, "0003_third", "CREATE TABLE third (id int);");
  await migrate(url, silent, folder);
  expect(await deployWithPrisma(url, folder)).toEqual([]);
});

test("a migration that Prisma began and did not finish is applied again", async () => {
  const folder = await makeMigrations({ "0001_first": "SELECT nonsense;" });
  await expect(deployWithPrisma(url, folder)).rejects.toThrow("nonsense");
  await writeFile(join(folder, "0001_first/migration.sql"), first);
  expect(await pendingIn(folder)).toEqual(["0001_first", "bullmq"]);
  await migrate(url, silent, folder);
  expect(await deployWithPrisma(url, folder)).toEqual([]);
});

test("a start without new migrations does not wait, not even for a running migration", async () => {
  const folder = await makeMigrations({ "0001_first": first });
  await migrate(url, silent, folder);
  const other = new Client({ connectionString: url });
  closers.push(() => other.end());
  await other.connect();
  await other.query(`SELECT pg_advisory_lock(${lockKey})`);
  await expect(migrate(url, silent, folder)).resolves.toBeUndefined();
});

test("a database that cannot be reached is reported in one line", async () => {
  const nowhere = "postgresql://u:hunter2@127.0.0.1:1/book";
  await expect(migrate(nowhere, silent)).rejects.toThrow(
    /^PostgreSQL cannot be reached, [^\n]*ECONNREFUSED[^\n]*$/,
  );
  await expect(migrate(nowhere, silent)).rejects.not.toThrow("hunter2");
});

test("the migrations build the schema that Prisma's schema files describe", async () => {
  await migrate(url, silent);
  expect(await diffSchema(url)).toBe("");
});

test("a difference between the two is reported as SQL", async () => {
  await migrate(url, silent);
  await runSql(url, "ALTER TABLE books DROP COLUMN name");
  expect(await diffSchema(url)).toContain('ADD COLUMN     "name"');
});
