import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";

interface FolderLock {
  release(): void;
}

/**
 * Makes this process the only sipbook on a data folder until it ends. Throws StartError if another process holds
 * the lock.
 *
 * The kernel holds the lock on an open file. SQLite takes it, because Node has no call for it. Unlike a file with
 * a process id, it needs no cleaning after a kill, and a reused process id cannot hold it.
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
