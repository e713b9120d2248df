import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";
import { endsWithin } from "../faults/within.ts";
import { type Account, handOver, runAs } from "./account.ts";

/** A running PostgreSQL server process, ours or one that a killed sipbook left behind. */
export interface Postmaster {
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
}

interface PostmasterOptions {
  readonly program: string;
  readonly account: Account;
  /** PGDATA. */
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** A process id in postmaster.pid that now belongs to another program. */
  readonly reusedPid: number | null;
}

const maxLogBytes = 5_000_000;

/**
 * Starts PostgreSQL in its own session, so that Ctrl-C in the terminal reaches only us. `unshare` replaces itself
 * with the program, so the child's pid is always the postmaster's.
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const settings = Object.entries(options.settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = runAs(options.account, options.program, ["-D", options.folder, ...settings]);
  const log = await openLog(options.logFile);
  const child = spawn(command.file, command.args, {
    ...command.options,
    detached: true,
    cwd: options.folder,
    stdio: ["ignore", log.fd, log.fd],
    env: environment(options.reusedPid),
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    await once(child, "spawn");
  } catch (error) {
    throw new StartError(`PostgreSQL could not be started: ${reasonOf(error)}`);
  } finally {
    await log.close();
  }
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new StartError("PostgreSQL could not be started: it has no process id");
  return { pid, ended };
}

/**
 * Reads postmaster.pid: it names a server that still runs, or the id of another program or of a zombie, or neither.
 * Only for the holder of the folder's lock, to whom a running server is an orphan.
 */
export async function findOrphan(
  folder: string,
): Promise<{ readonly orphan: Postmaster | null; readonly reusedPid: number | null }> {
  const file = await readFile(`${folder}/postmaster.pid`, "utf8").catch(() => "");
  const pid = Number(file.split("\n", 1)[0]);
  const command = pid > 0 && exists(pid) ? await commandOf(pid) : null;
  if (command === null) return { orphan: null, reusedPid: null };
  const isPostgres = command.replaceAll("\0", " ").includes(`postgres -D ${folder} `);
  if (!isPostgres) return { orphan: null, reusedPid: pid };
  return { orphan: { pid, ended: waitUntilGone(pid) }, reusedPid: null };
}

/** Fast shutdown; after 10 s immediate shutdown, from which the next start recovers. */
export async function stopPostmaster({ pid, ended }: Postmaster): Promise<void> {
  const steps = [
    ["SIGINT", 10_000],
    ["SIGQUIT", 3_000],
    ["SIGKILL", 2_000],
  ] as const;
  for (const [signal, patienceMs] of steps) {
    send(pid, signal);
    // A server stopped by SIGSTOP handles no signal until it continues.
    send(pid, "SIGCONT");
    if (await endsWithin(patienceMs, ended)) return;
  }
  throw new StartError(`PostgreSQL (process ${pid}) does not stop: stop it by hand`);
}

/** Sends a signal if the process still exists. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has already ended.
  }
}

/**
 * Creates a new database in `folder`, which appears only when it is complete. On any system, text sorts by code
 * point, and upper and lower case are Unicode's.
 */
export async function initialise(options: {
  readonly program: string;
  readonly account: Account;
  readonly folder: string;
  /** False in tests: does not wait for the disk. */
  readonly durable: boolean;
}): Promise<void> {
  const draft = `${options.folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await handOver(options.account, draft);
  const command = runAs(options.account, options.program, [
    `--pgdata=${draft}`,
    "--username=sipbook",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--auth-local=trust",
    "--auth-host=reject",
    ...(options.durable ? [] : ["--no-sync"]),
  ]);
  const running = promisify(execFile)(command.file, command.args, {
    ...command.options,
    cwd: draft,
    env: environment(null),
  });
  await running.catch((error: { readonly stderr?: string; readonly message: string }) => {
    const reason = (error.stderr || error.message).trim().split("\n").at(-1);
    throw new StartError(`PostgreSQL could not create its files in ${options.folder}: ${reason}`);
  });
  await rename(draft, options.folder);
}

function environment(reusedPid: number | null): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    LC_ALL: "C",
    TZ: "UTC",
    // PostgreSQL treats a postmaster.pid with this id as a leftover, but still checks its shared memory. That is
    // safer than removing the file ourselves.
    ...(reusedPid === null ? {} : { PG_GRANDPARENT_PID: String(reusedPid) }),
  };
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    if ((await sizeOf(path)) > maxLogBytes) await rename(path, `${path}.1`);
    return await open(path, "a", 0o600);
  } catch (error) {
    throw new StartError(`The log of PostgreSQL cannot be written: ${reasonOf(error)}`);
  }
}

/** 0 if the file does not exist. */
export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (file) => file.size,
    () => 0,
  );
}

/** The command line of a process: null if it cannot be read, empty for a zombie. */
async function commandOf(pid: number): Promise<string | null> {
  const fromProc = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
  if (fromProc !== null) return fromProc;
  const ps = promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]);
  return ps.then(
    ({ stdout }) => stdout,
    () => null,
  );
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function waitUntilGone(pid: number): Promise<void> {
  while (exists(pid) && (await commandOf(pid)) !== "") await sleep(20);
}
