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

export const silent = pino({ level: "silent" });

/** A folder of its own for one test. */
export async function makeFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "sipbook-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Copies a data folder that no process uses. Where the file system can, both share the blocks until one is changed. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-a", "--reflink=auto", from, to]);
}

/**
 * A PostgreSQL for tests: the embedded one without waits for the disk, or the one that TEST_DATABASE_URL names.
 * The embedded one starts from a copy of a data folder where one is given.
 */
export async function openTestServer(
  dataFolder?: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given !== undefined) return { url: given, close: async () => {} };
  const folder = await makeFolder();
  if (dataFolder !== undefined) await copyFolder(`${dataFolder}/.`, folder.path);
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
  const server = await openEmbedded({ dataDir: folder.path, log: silent, settings });
  // A test run that is interrupted never comes to its end.
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

/** A database on the server that `url` names: empty, or a copy of one that nobody is connected to. */
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

/** The rows of one statement, over a connection of its own. */
export async function runSql(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
