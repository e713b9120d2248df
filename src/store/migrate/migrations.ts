import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** In Prisma's format: one folder for each migration, with a migration.sql in it, applied in the order of their names. */
export const migrationFolder = join(import.meta.dirname, "../../../prisma/migrations");

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of migration.sql in hex, as Prisma computes it. */
  readonly checksum: string;
}

export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.toSorted().map(async (name) => {
      const sql = await readFile(join(folder, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}
