import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterEach, describe, expect, inject, test } from "vitest";
import { type EmbeddedPostgres, openEmbedded } from "../../src/postgres/embedded.ts";
import { copyFolder, makeFolder, runSql, silent } from "../support/processes/postgres.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A data folder with a database in it. */
async function copyDataDir(): Promise<string> {
  const dataDir = await makeDataDir("data");
  await copyFolder(inject("dataFolder"), dataDir);
  return dataDir;
}

/** A path in a new folder. */
async function makeDataDir(...below: string[]): Promise<string> {
  const folder = await makeFolder();
  closers.push(() => folder.remove());
  return join(folder.path, ...below);
}

async function open(dataDir: string, log = silent): Promise<EmbeddedPostgres> {
  const server = await openEmbedded({ dataDir, log, settings: { fsync: "off" } });
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
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "../support/processes/hold-embedded.ts"), dataDir],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  closers.push(async () => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

test("what was written is there after a stop and a start", async () => {
  const dataDir = await makeDataDir("data");
  const first = await openEmbedded({ dataDir, log: silent });
  await runSql(first.url, "CREATE TABLE kept AS SELECT 'Ä' AS word");
  await first.close();
  const second = await open(dataDir);
  expect(await runSql(second.url, "SELECT lower(word) AS word FROM kept")).toEqual([{ word: "ä" }]);
});

test("it is durable, listens on a unix socket only, and sorts by code point", async () => {
  const server = await openEmbedded({ dataDir: await makeDataDir(), log: silent });
  closers.push(() => server.close());
  const [settings] = await runSql(
    server.url,
    `SELECT current_setting('fsync') AS fsync, current_setting('listen_addresses') AS addresses,
            current_setting('server_encoding') AS encoding, 'b' < 'ä' COLLATE "default" AS by_code_point`,
  );
  expect(settings).toEqual({ fsync: "on", addresses: "", encoding: "UTF8", by_code_point: true });
});

test("in a folder whose path is too long for a socket, it makes one elsewhere and removes it", async () => {
  const dataDir = await makeDataDir("d".repeat(100), "data");
  const server = await openEmbedded({ dataDir, log: silent });
  const socketDir = new URL(server.url).searchParams.get("host") ?? "";
  expect(await runSql(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  expect(await readdir(socketDir)).toContain(".s.PGSQL.5432");
  await server.close();
  await expect(readdir(socketDir)).rejects.toThrow("ENOENT");
});

test("in a folder that only its owner may enter", async () => {
  const dataDir = await makeDataDir("private", "data");
  await mkdir(join(dataDir, ".."));
  await chmod(join(dataDir, ".."), 0o700);
  const server = await open(dataDir);
  expect(await runSql(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
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

  test("an interrupted initialisation is repeated", async () => {
    const dataDir = await makeDataDir();
    await mkdir(join(dataDir, "postgres.new/base"), { recursive: true });
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
  const file = await makeDataDir("file");
  await writeFile(file, "");
  await expect(openEmbedded({ dataDir: join(file, "data"), log: silent })).rejects.toThrow(
    /^DATA_DIR .* is not writable: [^\n]*$/,
  );
});

test("the log says when a database is created, and only then", async () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(String(JSON.parse(line).msg)) });
  const dataDir = await makeDataDir();
  await (await open(dataDir, log)).close();
  await (await open(dataDir, log)).close();
  await sleep(0);
  expect(lines).toEqual(["Creating the embedded PostgreSQL database"]);
});

function urlOf(dataDir: string): string {
  return `postgresql://sipbook@localhost/sipbook?host=${encodeURIComponent(join(dataDir, "postgres"))}`;
}
