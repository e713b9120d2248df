import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { buildApp } from "../../src/app.ts";
import { openQueue } from "../../src/queue/queue.ts";
import { type Database, openDatabase } from "../../src/store/client.ts";
import { silent } from "./postgres.ts";

export interface TestApp {
  readonly app: FastifyInstance;
  readonly db: Database;
  close(): Promise<void>;
}

/** The API on a real database and a queue of its own, which may be on another database. */
export async function openTestApp(
  databaseUrl: string,
  log: Logger = silent,
  queueUrl: string = databaseUrl,
): Promise<TestApp> {
  const db = openDatabase(databaseUrl, { poolSize: 5 });
  const queue = await openQueue({ databaseUrl: queueUrl, log, name: `test-${randomUUID()}` });
  const app = await buildApp({ db, queue, log, config: { trustProxy: false } });
  return {
    app,
    db,
    close: async () => {
      await app.close();
      await queue.close();
      await db.close();
    },
  };
}
