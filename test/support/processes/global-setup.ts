import type { TestProject } from "vitest/node";
import { migrate } from "../../../src/store/migrate/migrate.ts";
import { createDatabase, openTestServer, silent } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The migrated database that all integration tests share: each makes its own book. */
    databaseUrl: string;
    /** The server that it is on, for tests that need a database of their own (`createDatabase`). */
    serverUrl: string;
    /** A migrated database to copy, which takes a tenth of the time that the migrations take. */
    migrated: string;
  }
}

/** One PostgreSQL and one migrated database for a whole test run, gone when it ends. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openTestServer();
  try {
    const migrated = await createDatabase(server.url);
    await migrate(migrated.url, silent);
    const database = await createDatabase(server.url, migrated.name);
    project.provide("databaseUrl", database.url);
    project.provide("serverUrl", server.url);
    project.provide("migrated", migrated.name);
    return async () => {
      await database.drop();
      await migrated.drop();
      await server.close();
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
