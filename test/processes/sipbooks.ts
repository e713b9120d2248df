import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, inject } from "vitest";
import { copyFolder, createDatabase, makeFolder } from "../support/processes/postgres.ts";
import { runSipbook, type Sipbook, type SipbookOptions } from "../support/processes/sipbook.ts";

/** What tests start and make. */
export interface Sipbooks {
  /** A sipbook with an API and a worker that do next to nothing. */
  readonly run: (command: string, env: Record<string, string>, options?: Partial<SipbookOptions>) => Sipbook;
  /** A data folder that a sipbook has run on, without an admin key yet. */
  readonly copyDataDir: () => Promise<string>;
  /** The path of a data folder that does not exist. */
  readonly makeDataDir: () => Promise<string>;
  /** The URL of a new database. */
  readonly makeDatabase: (state: "empty" | "migrated") => Promise<string>;
  /** Runs at that end, the last one first. */
  readonly onEnd: (close: () => Promise<unknown>) => void;
}

/** Ends and removes all of it after each test, or `after` something else. */
export function useSipbooks(after = afterEach): Sipbooks {
  const closers: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });
  const makeDataDir = async () => {
    const folder = await makeFolder();
    closers.push(() => folder.remove());
    return join(folder.path, "data");
  };
  return {
    run: (command, env, options = {}) => {
      const sipbook = runSipbook(command, {
        program: "minimal",
        env: { PORT: "0", LOG_LEVEL: "warn", ...env },
        ...options,
      });
      closers.push(() => end(sipbook));
      return sipbook;
    },
    copyDataDir: async () => {
      const dataDir = await makeDataDir();
      await copyFolder(inject("dataFolder"), dataDir);
      return dataDir;
    },
    makeDataDir,
    makeDatabase: async (state) => {
      const template = state === "migrated" ? inject("migrated") : undefined;
      const database = await createDatabase(inject("serverUrl"), template);
      closers.push(() => database.drop());
      return database.url;
    },
    onEnd: (close) => void closers.push(close),
  };
}

async function end({ child, ended }: Sipbook): Promise<void> {
  child.kill("SIGTERM");
  const late = sleep(15_000, undefined, { ref: false }).then(() => child.kill("SIGKILL"));
  await Promise.race([ended, late]);
}

export async function postmasterOf(dataDir: string): Promise<number> {
  const file = await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8");
  return Number(file.split("\n", 1)[0]);
}

export async function hasEnded(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return state === null || / Z /.test(state);
}

export async function getJson(url: string, method = "GET"): Promise<unknown> {
  return (await fetch(url, { method })).json();
}
