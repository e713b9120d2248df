import { chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { StartError } from "../faults/start-error.ts";
import type { Account } from "./account.ts";

/** The folder of PostgreSQL's unix socket. The only access control: nobody but its owner and root may enter it. */
export interface SocketFolder {
  readonly path: string;
  readonly url: string;
  /** Removes the folder if it was made only for the socket. */
  remove(): Promise<void>;
}

// The limit is 104 bytes on macOS and 108 on Linux, including the final zero.
const maxPathBytes = 103;
const prefix = "sipbook-";

/** Chooses the database's own folder, or a new one with a shorter path. Removes that of a killed sipbook. */
export async function openSocketFolder(folder: string, account: Account): Promise<SocketFolder> {
  await removeLeftover(folder);
  if (fits(folder)) return { path: folder, url: urlOf(folder), remove: async () => {} };
  const path = await mkdtemp(join(tmpdir(), prefix));
  if (!fits(path)) {
    throw new StartError(
      `The paths of DATA_DIR and ${tmpdir()} are too long for a unix socket: set a shorter DATA_DIR`,
    );
  }
  if (account.kind === "user") await chown(path, account.uid, account.gid);
  return { path, url: urlOf(path), remove: () => rm(path, { recursive: true, force: true }) };
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, ".s.PGSQL.5432")) <= maxPathBytes;
}

function urlOf(folder: string): string {
  return `postgresql://sipbook@localhost/sipbook?host=${encodeURIComponent(folder)}`;
}

// The fifth line of postmaster.pid is the folder of the socket.
async function removeLeftover(folder: string): Promise<void> {
  const file = await readFile(join(folder, "postmaster.pid"), "utf8").catch(() => "");
  const path = file.split("\n")[4];
  if (path === undefined || path === folder || !basename(path).startsWith(prefix)) return;
  await rm(path, { recursive: true, force: true });
}
