import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { isDatabaseAway } from "../../src/faults/database-away.ts";
import { type EmbeddedPostgres, openEmbedded } from "../../src/postgres/embedded.ts";
import { type Database, openDatabase } from "../../src/store/client.ts";
import { makeDataFolder, runSql, silent } from "../support/processes/postgres.ts";

let folder: Awaited<ReturnType<typeof makeDataFolder>>;
let server: EmbeddedPostgres;
let db: Database;

beforeAll(async () => {
  folder = await makeDataFolder(inject("dataFolder"));
});
afterAll(() => folder.remove());
beforeEach(async () => {
  server = await openEmbedded({
    dataDir: folder.path,
    log: silent,
    settings: { fsync: "off", max_connections: "10" },
  });
  db = openDatabase(server.url, { poolSize: 2, statementTimeoutMs: 1_000 });
});
afterEach(async () => {
  await db.close();
  await server.close();
});

const query = () => db.$queryRaw`SELECT 1`;
const transaction = () => db.$transaction((tx) => tx.$queryRaw`SELECT 1`);
const model = () => db.book.count();

/** Whether the failure says that the database is away; null where there is none. */
async function outcomeOf(work: () => Promise<unknown>): Promise<boolean | null> {
  return work().then(
    () => null,
    (error: unknown) => isDatabaseAway(error),
  );
}

test("a server that is stopped is away, and is found again when it is back", async () => {
  await query();
  await server.close();
  for (const work of [query, transaction, model]) expect(await outcomeOf(work)).toBe(true);
  server = await openEmbedded({ dataDir: folder.path, log: silent, settings: { fsync: "off" } });
  expect(await outcomeOf(query)).toBe(null);
});

test("a server that is stopped in the middle of a query is away", async () => {
  const slow = outcomeOf(() => db.$queryRaw`SELECT pg_sleep(0.9)::text`);
  const inTransaction = outcomeOf(() => db.$transaction((tx) => tx.$queryRaw`SELECT pg_sleep(0.9)::text`));
  await promisify(setTimeout)(200);
  await server.close();
  expect(await slow).toBe(true);
  expect(await inTransaction).toBe(true);
});

test("a server that hangs is away, for queries in flight and for new ones", async () => {
  await query();
  const pids = await processesOf(folder.path);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    const works = [query, transaction, model, query, transaction, model].map(outcomeOf);
    expect(await Promise.all(works)).toEqual([true, true, true, true, true, true]);
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
  expect(await outcomeOf(query)).toBe(null);
});

test("a connection that is cut is away for its query, and the next one gets another", async () => {
  const cut = outcomeOf(() => db.$queryRaw`SELECT pg_sleep(0.9)::text`);
  await promisify(setTimeout)(200);
  const others = "pid <> pg_backend_pid() AND backend_type = 'client backend'";
  await runSql(server.url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`);
  expect(await cut).toBe(true);
  expect(await outcomeOf(query)).toBe(null);
});

test("a server whose connections are all taken is away", async () => {
  const others = openDatabase(server.url, { poolSize: 10 });
  try {
    const sleeping = Array.from({ length: 10 }, () =>
      others.$queryRaw`SELECT pg_sleep(0.9)::text`.catch(() => null),
    );
    await promisify(setTimeout)(300);
    expect(await outcomeOf(query)).toBe(true);
    await Promise.all(sleeping);
  } finally {
    await others.close();
  }
});

test("a host that refuses, or that has no name, is away", async () => {
  for (const url of [
    "postgresql://u@127.0.0.1:1/b",
    "postgresql://u@localhost:1/b",
    "postgresql://u@no.invalid/b",
  ]) {
    const nowhere = openDatabase(url, { poolSize: 1 });
    expect(await outcomeOf(() => nowhere.$queryRaw`SELECT 1`)).toBe(true);
    await nowhere.close();
  }
});

test("a wrong or slow query, or one that breaks a constraint, does not mean away", async () => {
  expect(await outcomeOf(() => db.$queryRaw`SELECT nonsense`)).toBe(false);
  expect(await outcomeOf(() => db.$queryRaw`SELECT pg_sleep(3)::text`)).toBe(false);
  expect(await outcomeOf(() => db.$queryRaw`SELECT 1 / 0`)).toBe(false);
  expect(
    await outcomeOf(() => Promise.reject(Object.assign(new Error("open data/x"), { code: "ENOENT" }))),
  ).toBe(false);
});

async function processesOf(dataDir: string): Promise<readonly number[]> {
  const [pid = ""] = (await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8")).split("\n");
  const { stdout } = await promisify(execFile)("pgrep", ["-P", pid]);
  return [pid, ...stdout.trim().split("\n")].map(Number);
}
