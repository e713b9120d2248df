import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { openEmbedded } from "../../../src/postgres/embedded.ts";
import { migrate } from "../../../src/store/migrate/migrate.ts";
import { createDatabase, makeFolder, openTestServer, silent } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The migrated database that all integration tests share: each makes its own book. */
    databaseUrl: string;
    /** The server that it is on, for tests that need a database of their own (`createDatabase`). */
    serverUrl: string;
    /** A migrated database to copy, which takes a tenth of the time that the migrations take. */
    migrated: string;
    /** A data folder with a migrated database in it that no process uses, to copy (`copyFolder`). */
    dataFolder: string;
  }
}

/** One PostgreSQL, one migrated database and one data folder for a whole test run, gone when it ends. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).toReversed()) await closeOne();
  };
  // Unit tests need none of it.
  if (project.vitest.projects.every(({ name }) => name === "unit")) return close;
  try {
    const folder = await makeFolder();
    closers.push(() => folder.remove());
    const dataFolder = join(folder.path, "data");
    await fillDataFolder(dataFolder);
    const server = await openTestServer(dataFolder);
    closers.push(() => server.close());
    const migrated = await createDatabase(server.url);
    closers.push(() => migrated.drop());
    await migrate(migrated.url, silent);
    const database = await createDatabase(server.url, migrated.name);
    closers.push(() => database.drop());
    project.provide("databaseUrl", database.url);
    project.provide("serverUrl", server.url);
    project.provide("migrated", migrated.name);
    project.provide("dataFolder", dataFolder);
    return close;
  } catch (error) {
    await close();
    throw error;
  }
}

async function fillDataFolder(dataDir: string): Promise<void> {
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
  const server = await openEmbedded({ dataDir, log: silent, settings });
  try {
    await migrate(server.url, silent);
  } finally {
    await server.close();
  }
  // What a first start says in its log, the copies say for themselves.
  await rm(join(dataDir, "postgres.log"), { force: true });
}
