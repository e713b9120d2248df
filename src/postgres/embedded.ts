import { existsSync } from "node:fs";
import { access, constants, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";
import { chooseAccount, handOver } from "./account.ts";
import { findBinaries } from "./binaries.ts";
import { lockFolder } from "./folder-lock.ts";
import {
  findOrphan,
  initialise,
  type Postmaster,
  send,
  startPostmaster,
  stopPostmaster,
} from "./postmaster.ts";
import { waitUntilReady } from "./ready.ts";
import { openSocketFolder, type SocketFolder } from "./socket.ts";

export interface EmbeddedPostgres {
  /** For clients that run as this process's user: a unix socket that only that user and root can reach. */
  readonly url: string;
  /** Resolves to a sentence for the log when PostgreSQL ended without `close`. */
  readonly died: Promise<string>;
  /** Stops PostgreSQL and rolls back open transactions. Close every client first. */
  close(): Promise<void>;
}

interface EmbeddedOptions {
  /** Holds the database, its log, and the lock that makes this process its only user. */
  readonly dataDir: string;
  readonly log: Logger;
  /** More settings of postgresql.conf. For tests, `fsync: "off"` also creates a database faster. */
  readonly settings?: Readonly<Record<string, string>>;
}

// For one sipbook on one machine. No parallel plans: small containers lack the shared memory for them.
const defaults = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "100",
  shared_buffers: "128MB",
  max_parallel_workers_per_gather: "0",
  log_checkpoints: "off",
  timezone: "UTC",
  log_timezone: "UTC",
} as const;

/**
 * Starts the PostgreSQL that comes with sipbook on `dataDir/postgres`, which the first start creates. Recovers the
 * database, and a server still running, of a sipbook that was killed. Throws StartError if it cannot.
 */
export async function openEmbedded({
  dataDir,
  log,
  settings = {},
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const root = await openFolder(dataDir);
  const lock = lockFolder(root);
  try {
    const { server, socket } = await start(root, log, { ...defaults, ...settings });
    const watch = watchServer(server, join(root, "postgres.log"));
    let closing: Promise<void> | undefined;
    const close = async () => {
      watch.stop();
      await stopPostmaster(server);
      await socket.remove();
      lock.release();
    };
    return {
      url: socket.url,
      died: watch.died,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(
  root: string,
  log: Logger,
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly server: Postmaster; readonly socket: SocketFolder }> {
  const folder = join(root, "postgres");
  const [binaries, account] = await Promise.all([findBinaries(), chooseAccount(root)]);
  if (!existsSync(folder)) {
    log.info("Creating the embedded PostgreSQL database");
    await initialise({ program: binaries.initdb, account, folder, durable: settings["fsync"] !== "off" });
  }
  await handOver(account, folder);
  const socket = await openSocketFolder(folder, account);
  const logFile = join(root, "postgres.log");
  const server = await waitUntilReady({
    log,
    logFile,
    url: socket.url,
    start: async () =>
      startPostmaster({
        program: binaries.postgres,
        account,
        folder,
        logFile,
        reusedPid: await clearLeftover(folder, log),
        settings: { ...settings, unix_socket_directories: socket.path },
      }),
  });
  return { server, socket };
}

/** Stops the server of a sipbook that was killed. Returns the id in postmaster.pid if another program has it now. */
async function clearLeftover(folder: string, log: Logger): Promise<number | null> {
  const { orphan, reusedPid } = await findOrphan(folder);
  if (orphan === null) return reusedPid;
  log.warn("Stopping the PostgreSQL of a sipbook that was killed");
  await stopPostmaster(orphan);
  return (await findOrphan(folder)).reusedPid;
}

function watchServer(server: Postmaster, logFile: string): { readonly died: Promise<string>; stop(): void } {
  const { promise: died, resolve } = Promise.withResolvers<string>();
  let stopping = false;
  // However this process ends, PostgreSQL gets a signal at exit and then stops by itself.
  const stopAtExit = () => send(server.pid, "SIGINT");
  process.once("exit", stopAtExit);
  const watch = async () => {
    await server.ended;
    process.off("exit", stopAtExit);
    if (!stopping) resolve(`The embedded PostgreSQL ended unexpectedly: see ${logFile}`);
  };
  void watch();
  return {
    died,
    stop: () => {
      stopping = true;
    },
  };
}

async function openFolder(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK | constants.X_OK);
    return await realpath(dataDir);
  } catch (error) {
    throw new StartError(`DATA_DIR ${dataDir} is not writable: ${reasonOf(error)}`);
  }
}
