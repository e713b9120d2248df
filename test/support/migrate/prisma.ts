import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readMigrations } from "../../../src/store/migrate/migrations.ts";
import { type SchemaFile, withSchemaEngine } from "./schema-engine.ts";

const schemaFolder = join(import.meta.dirname, "../../../prisma/schema");
const noFilters = { externalTables: [], externalEnums: [] };

/** What must change in the database to match prisma/schema/, as SQL: empty if they agree. */
export async function diffSchema(url: string): Promise<string> {
  const files = await readSchema();
  const { stdout } = await withSchemaEngine(url, files, (engine) =>
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

/** `prisma migrate deploy`. Returns the names of the migrations that it applied. */
export async function deployWithPrisma(url: string, folder: string): Promise<readonly string[]> {
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
  const { appliedMigrationNames } = await withSchemaEngine(url, await readSchema(), (engine) =>
    engine.applyMigrations({ migrationsList, filters: noFilters }),
  );
  return appliedMigrationNames;
}

async function readSchema(): Promise<SchemaFile[]> {
  const names = await readdir(schemaFolder);
  return Promise.all(
    names.map(async (path) => ({ path, content: await readFile(join(schemaFolder, path), "utf8") })),
  );
}
