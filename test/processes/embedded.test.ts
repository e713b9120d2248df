import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { type EmbeddedPostgres, openEmbedded } from "../../src/postgres/embedded.ts";
import { copyFolder, makeFolder, runSql, silent } from "../support/processes/postgres.ts";
import { runSipbook } from "../support/processes/sipbook.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A data folder with a database in it. */
async function copyDataDir(): Promise<string> {
  const dataDir = await makePath("data");
  await copyFolder(inject("dataFolder"), dataDir);
  return dataDir;
}

/** A path in a new folder. */
async function makePath(name: string): Promise<string> {
  const folder = await makeFolder();
  closers.push(() => folder.remove());
  return join(folder.path, name);
}

async function open(dataDir: string): Promise<EmbeddedPostgres> {
  const server = await openEmbedded({ dataDir, log: silent, settings: { fsync: "off" } });
  closers.push(() => server.close());
  return server;
}

async function pidOf(dataDir: string): Promise<number> {
  const file = await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8");
  return Number(file.split("\n", 1)[0]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Another process that opens the database, says so, and holds it. */
async function openElsewhere(dataDir: string): Promise<ChildProcess> {
  const { child, ended, started } = runSipbook("", { program: "database", env: { DATA_DIR: dataDir } });
  closers.push(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  await started();
  return child;
}

describe("the first start, in a private folder with a long path and an interrupted initialisation", () => {
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(String(JSON.parse(line).msg)) });
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let dataDir: string;
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    folder = await makeFolder();
    dataDir = join(folder.path, "private", "d".repeat(100), "data");
    await mkdir(join(dataDir, "postgres.new/base"), { recursive: true });
    await chmod(join(folder.path, "private"), 0o700);
    server = await openEmbedded({ dataDir, log });
  });
  afterAll(async () => {
    await server.close();
    await folder.remove();
  });

  test("is durable, listens on a unix socket only, and sorts by code point", async () => {
    const [settings] = await runSql(
      server.url,
      `SELECT current_setting('fsync') AS fsync, current_setting('listen_addresses') AS addresses,
              current_setting('server_encoding') AS encoding, 'b' < 'ä' COLLATE "default" AS by_code_point`,
    );
    expect(settings).toEqual({ fsync: "on", addresses: "", encoding: "UTF8", by_code_point: true });
  });

  test("makes a socket elsewhere, and removes it; the log says only once that a database is created", async () => {
    const socketDir = new URL(server.url).searchParams.get("host") ?? "";
    await runSql(server.url, "CREATE TABLE kept AS SELECT 'Ä' AS word");
    expect(await readdir(socketDir)).toContain(".s.PGSQL.5432");
    await server.close();
    await expect(readdir(socketDir)).rejects.toThrow("ENOENT");
    server = await openEmbedded({ dataDir, log });
    expect(await runSql(server.url, "SELECT lower(word) AS word FROM kept")).toEqual([{ word: "ä" }]);
    expect(logged).toEqual(["Creating the embedded PostgreSQL database"]);
  });
});

describe("a second sipbook on the same folder", () => {
  test("ends with one line, and does not disturb the first", async () => {
    const dataDir = await copyDataDir();
    const first = await open(dataDir);
    await expect(openEmbedded({ dataDir, log: silent })).rejects.toThrow(
      /^Another sipbook is running on DATA_DIR [^\n]*$/,
    );
    expect(await runSql(first.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("is refused by another process as well", async () => {
    const dataDir = await copyDataDir();
    await openElsewhere(dataDir);
    await expect(openEmbedded({ dataDir, log: silent })).rejects.toThrow("Another sipbook is running");
  });
});

describe("after sipbook was killed", () => {
  test("its PostgreSQL, which still runs, is stopped and started again", async () => {
    const dataDir = await copyDataDir();
    const child = await openElsewhere(dataDir);
    const orphan = await pidOf(dataDir);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isAlive(orphan)).toBe(true);
    const server = await open(dataDir);
    expect(await runSql(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(await pidOf(dataDir)).not.toBe(orphan);
  });

  test("and its PostgreSQL too, the database recovers", async () => {
    const dataDir = await copyDataDir();
    const child = await openElsewhere(dataDir);
    await runSql(urlOf(dataDir), "CREATE TABLE kept AS SELECT 1 AS one");
    process.kill(await pidOf(dataDir), "SIGKILL");
    child.kill("SIGKILL");
    await once(child, "exit");
    const server = await open(dataDir);
    expect(await runSql(server.url, "SELECT * FROM kept")).toEqual([{ one: 1 }]);
  });

  test("it starts if another program has the process id in postmaster.pid", async () => {
    const dataDir = await copyDataDir();
    const first = await openEmbedded({ dataDir, log: silent, settings: { fsync: "off" } });
    const file = join(dataDir, "postgres/postmaster.pid");
    const lines = (await readFile(file, "utf8")).split("\n");
    await first.close();
    // In a container, ids are small and come again.
    await writeFile(file, [process.pid, ...lines.slice(1)].join("\n"), { mode: 0o600 });
    const server = await open(dataDir);
    expect(await runSql(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});

test("`died` resolves if PostgreSQL dies, and not if we close it", async () => {
  const dataDir = await copyDataDir();
  const first = await open(dataDir);
  const told: string[] = [];
  void first.died.then((sentence) => told.push(sentence));
  await first.close();
  const second = await open(dataDir);
  process.kill(await pidOf(dataDir), "SIGQUIT");
  await expect(second.died).resolves.toMatch(
    /^The embedded PostgreSQL ended unexpectedly: see .*postgres\.log$/,
  );
  expect(told).toEqual([]);
});

test("a frozen PostgreSQL is stopped", async () => {
  const dataDir = await copyDataDir();
  const server = await open(dataDir);
  const pid = await pidOf(dataDir);
  process.kill(pid, "SIGSTOP");
  await server.close();
  expect(isAlive(pid)).toBe(false);
});

test("what PostgreSQL says against a start is the message", async () => {
  const dataDir = await copyDataDir();
  await (await open(dataDir)).close();
  await writeFile(join(dataDir, "postgres/PG_VERSION"), "12\n");
  await expect(openEmbedded({ dataDir, log: silent })).rejects.toThrow(
    /^The embedded PostgreSQL did not start: .*database files are incompatible with server$/,
  );
});

test("a folder that cannot be created is reported in one line", async () => {
  const file = await makePath("file");
  await writeFile(file, "");
  await expect(openEmbedded({ dataDir: join(file, "data"), log: silent })).rejects.toThrow(
    /^DATA_DIR .* is not writable: [^\n]*$/,
  );
});

function urlOf(dataDir: string): string {
  return `postgresql://sipbook@localhost/sipbook?host=${encodeURIComponent(join(dataDir, "postgres"))}`;
}
