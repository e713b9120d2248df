import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { openEmbedded } from "../../../src/postgres/embedded.ts";
import { migrate } from "../../../src/store/migrate/migrate.ts";
import { createDatabase, fast, makeFolder, openTestServer, silent } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The migrated database that all integration tests share. Each test makes its own book. */
    databaseUrl: string;
    /** The server of that database, for tests that need their own database (`createDatabase`). */
    serverUrl: string;
    /** A migrated database to copy, which is ten times as fast as the migrations. */
    migrated: string;
    /** A data folder with a migrated database, which no process uses, to copy (`copyFolder`). */
    dataFolder: string;
  }
}

/** Makes one PostgreSQL, one migrated database and one data folder for a test run, and removes them at its end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).toReversed()) await closeOne();
  };
  // Unit tests need no database.
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
  const server = await openEmbedded({ dataDir, log: silent, settings: fast });
  try {
    await migrate(server.url, silent);
  } finally {
    await server.close();
  }
  // Each copy starts with an empty log.
  await rm(join(dataDir, "postgres.log"), { force: true });
}
