import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { FeedLimits } from "../../src/feed/limits.ts";
import { type AppDeps, buildApp } from "../../src/process/app.ts";
import { openQueues } from "../../src/queue/queues.ts";
import type { Database } from "../../src/store/client.ts";
import { openFeedSignal } from "../../src/store/feed/signal.ts";
import { buildMetrics } from "../../src/telemetry/metrics.ts";
import type { Outbound } from "../../src/webhooks/outbound.ts";
import { testOutbound } from "./pbx/outbound.ts";
import { openTestDatabase, silent } from "./processes/postgres.ts";

export interface TestApp {
  readonly app: FastifyInstance;
  readonly db: Database;
  close(): Promise<void>;
}

export interface TestStreams {
  readonly limits?: Partial<FeedLimits>;
  /** How often streams poll for missed changes. */
  readonly everySeconds?: number;
}

export interface TestSettings extends TestStreams {
  readonly config?: AppDeps["config"];
  readonly outbound?: Outbound;
}

/** The API on a real database, with its own queue, which may be on another database. */
export async function openTestApp(
  databaseUrl: string,
  log: Logger = silent,
  queueUrl: string = databaseUrl,
  {
    limits = {},
    everySeconds,
    config = { trustProxy: false, publicUrl: null },
    outbound = testOutbound,
  }: TestSettings = {},
): Promise<TestApp> {
  const db = openTestDatabase(databaseUrl, 5);
  const queues = await openQueues({ databaseUrl: queueUrl, log, prefix: `test-${randomUUID()}` });
  const signal = openFeedSignal(databaseUrl, {
    log,
    ...(everySeconds === undefined ? {} : { everySeconds }),
  });
  const app = await buildApp({
    db,
    queues,
    signal,
    metrics: buildMetrics(),
    outbound,
    log,
    config,
    feed: limits,
  });
  return {
    app,
    db,
    close: async () => {
      await app.close();
      await queues.close();
      await signal.close();
      await db.close();
    },
  };
}
