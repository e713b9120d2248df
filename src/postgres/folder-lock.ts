import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";

export interface FolderLock {
  release(): void;
}

/**
 * Makes this process the only sipbook on a data folder, until it ends in any way. Throws StartError where
 * another one holds it.
 *
 * The lock is the kernel's, on an open file, taken through SQLite because Node itself has no call for it:
 * unlike a file with a process id in it, it needs no cleaning after a kill, and no reused id can hold it.
 */
export function lockFolder(dataDir: string): FolderLock {
  try {
    const file = new DatabaseSync(join(dataDir, "lock"));
    file.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return { release: () => file.close() };
  } catch (error) {
    const reason = reasonOf(error);
    throw new StartError(
      reason.includes("locked")
        ? `Another sipbook is running on DATA_DIR ${dataDir}: stop it first, or set another DATA_DIR`
        : `DATA_DIR ${dataDir} cannot be locked: ${reason}`,
    );
  }
}
