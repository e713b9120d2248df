import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { pino } from "pino";
import { openEmbedded } from "../../../src/postgres/embedded.ts";
import { type Database, openDatabase } from "../../../src/store/client.ts";

export const silent = pino({ level: "silent" });

/** Settings of a server that does not wait for the disk, and has room for the services of all workers. */
export const fast = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "300",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "4GB",
  // Copies of a data folder stay small.
  wal_recycle: "off",
  wal_init_zero: "off",
  // The books of tests are small: a plan for one of them is a plan for all.
  plan_cache_mode: "force_generic_plan",
} as const;

/** A temporary folder for one test. */
export async function makeFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "sipbook-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 10 }) };
}

/** Copies a data folder that no process uses. The copy shares unchanged blocks if the file system supports it. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-a", "--reflink=auto", from, to]);
}

/** A copy of that data folder, which a first start would take seconds to make. */
export async function makeDataFolder(from: string): ReturnType<typeof makeFolder> {
  const folder = await makeFolder();
  await copyFolder(`${from}/.`, folder.path);
  return folder;
}

/**
 * A PostgreSQL for tests: the one of TEST_DATABASE_URL, or an embedded one without fsync. The embedded one starts from a
 * copy of `dataFolder`, if given.
 */
export async function openTestServer(
  dataFolder?: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given !== undefined) return { url: given, close: async () => {} };
  const folder = await (dataFolder === undefined ? makeFolder() : makeDataFolder(dataFolder));
  const server = await openEmbedded({ dataDir: folder.path, log: silent, settings: fast });
  // An interrupted test run does not reach its end.
  const removeAtExit = () => rmSync(folder.path, { recursive: true, force: true, maxRetries: 3 });
  process.once("exit", removeAtExit);
  return {
    url: server.url,
    close: async () => {
      await server.close();
      process.off("exit", removeAtExit);
      await folder.remove();
    },
  };
}

/** A new database on the server of `url`: empty, or a copy of one without connections. */
export async function createDatabase(
  url: string,
  template = "template0",
): Promise<{ readonly name: string; readonly url: string; drop(): Promise<void> }> {
  const name = `sipbook_test_${randomUUID().replaceAll("-", "")}`;
  await runSql(url, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const created = new URL(url);
  created.pathname = `/${name}`;
  return {
    name,
    url: created.href,
    drop: async () => void (await runSql(url, `DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

/** The service's client, with the patience that a new connection needs on a busy machine. */
export function openTestDatabase(url: string, poolSize = 2, statementTimeoutMs = 10_000): Database {
  return openDatabase(url, { poolSize, statementTimeoutMs, connectTimeoutMs: 60_000 });
}

/** The rows of one statement, over its own connection. */
export async function runSql(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 60_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
