import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { StartError } from "../faults/start-error.ts";
import type { Database } from "../store/client.ts";
import { hasAdminKey, makeSecret, setAdminKey } from "../store/keys.ts";

export type AdminKey =
  | { readonly kind: "known" }
  | { readonly kind: "kept"; readonly file: string }
  /** The only time that the secret is shown. */
  | { readonly kind: "made"; readonly file: string; readonly secret: string };

/**
 * Makes sure that there is an admin key: the one in the configuration, which replaces the former one, or one made for
 * the embedded database and stored in `DATA_DIR/admin.key`. Throws StartError if there would be none.
 */
export async function prepareAdminKey(db: Database, config: Config): Promise<AdminKey> {
  if (config.adminKey !== null) {
    await setAdminKey(db, config.adminKey);
    return { kind: "known" };
  }
  const isKnown = await hasAdminKey(db);
  if (config.databaseUrl !== null) {
    if (isKnown) return { kind: "known" };
    throw new StartError(
      "SIPBOOK_ADMIN_KEY is needed, with at least 24 characters: the database has no admin key yet",
    );
  }
  const file = join(config.dataDir, "admin.key");
  const kept = await readKept(file);
  if (isKnown) return kept === null ? { kind: "known" } : { kind: "kept", file };
  const secret = kept ?? makeSecret();
  if (kept === null) await writeFile(file, `${secret}\n`, { mode: 0o600, flag: "wx" });
  await setAdminKey(db, secret);
  return kept === null ? { kind: "made", file, secret } : { kind: "kept", file };
}

async function readKept(file: string): Promise<string | null> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw new StartError(`The admin key in ${file} cannot be read: ${error.message}`);
  });
  return text.trim() || null;
}
