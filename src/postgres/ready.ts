import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, DatabaseError } from "pg";
import type { Logger } from "pino";
import { StartError } from "../faults/start-error.ts";
import { endsWithin } from "../faults/within.ts";
import { type Postmaster, sizeOf, stopPostmaster } from "./postmaster.ts";

interface ReadyOptions {
  readonly log: Logger;
  readonly logFile: string;
  readonly url: string;
  /** May be called more than once. */
  readonly start: () => Promise<Postmaster>;
}

// A recovery after a crash reads the whole write-ahead log since the last checkpoint.
const patienceMs = 300_000;
const leftoverPatienceMs = 10_000;

/** Starts the server and returns once its database `sipbook` answers. Throws StartError with PostgreSQL's message. */
export async function waitUntilReady({ log, logFile, url, start }: ReadyOptions): Promise<Postmaster> {
  const startedAt = Date.now();
  for (;;) {
    const logged = await sizeOf(logFile);
    const server = await start();
    if ((await firstAnswer(server, url, log)) === "ready") return server;
    const reason = await findFatal(logFile, logged);
    // The child processes of a killed server need a moment to end and to release shared memory.
    const isLeftover = /shared memory block|"postmaster\.pid" already exists/.test(reason ?? "");
    if (!isLeftover || Date.now() - startedAt > leftoverPatienceMs) {
      throw new StartError(`The embedded PostgreSQL did not start: ${reason ?? `see ${logFile}`}`);
    }
    await sleep(100);
  }
}

async function firstAnswer(server: Postmaster, url: string, log: Logger): Promise<"ready" | "ended"> {
  const startedAt = Date.now();
  try {
    for (let attempt = 1; !(await endsWithin(20, server.ended)); attempt += 1) {
      if (await isAnswering(url)) return "ready";
      if (attempt % 500 === 0) log.info("Waiting for the embedded PostgreSQL to recover");
      if (Date.now() - startedAt > patienceMs) {
        throw new StartError(`The embedded PostgreSQL does not answer after ${patienceMs / 1000} seconds`);
      }
    }
    return "ended";
  } catch (error) {
    await stopPostmaster(server);
    throw error;
  }
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    await runOnce(url, "SELECT 1");
    return true;
  } catch (error) {
    if (!isMissingDatabase(error)) return false;
  }
  const maintenance = new URL(url);
  maintenance.pathname = "/postgres";
  await runOnce(maintenance.href, "CREATE DATABASE sipbook");
  return true;
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  // If the server ends during the query, the rejection reports it.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => {});
  }
}

function isMissingDatabase(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === "3D000";
}

async function findFatal(logFile: string, from: number): Promise<string | null> {
  const file = await open(logFile);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64_000), 0, 64_000, from);
    const lines = buffer.toString("utf8", 0, bytesRead).trim().split("\n");
    return lines.findLast((line) => / FATAL: |: error: |unshare: /.test(line)) ?? lines.at(-1) ?? null;
  } finally {
    await file.close();
  }
}
