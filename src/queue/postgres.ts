import { setTimeout as sleep } from "node:timers/promises";
import {
  createPostgresBackend,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  Queue,
  Worker,
} from "bullmq";
import { isDatabaseAway } from "../faults/database-away.ts";
import { defined } from "../json/defined.ts";
import {
  type BackendQueue,
  type BackendState,
  type BackendWorker,
  type JobData,
  jobOptions,
  processorOf,
  type QueueSettings,
  type WorkerSettings,
  watchState,
} from "./backend.ts";

const consequence = "no job runs until it is back";

export async function openPostgresQueue(url: string, settings: QueueSettings): Promise<BackendQueue> {
  const state = watchState(settings.log, "PostgreSQL", consequence);
  const bull = new Queue<
    JobData,
    void,
    string,
    JobData,
    void,
    string,
    PostgresQueueBackend,
    PostgresConnectionOptions
  >(
    settings.name,
    {
      connection: connectionTo(url, 4),
      defaultJobOptions: jobOptions,
      ...defined({ telemetry: settings.telemetry }),
    },
    createPostgresBackend,
  );
  bull.on("error", (error) => noteError(state, bull.closing, error));
  const abandon = () => void bull.disconnect().catch(() => {});
  // If the first connection fails, BullMQ never recovers, so such a queue must not be used.
  await orAbandon(bull.waitUntilReady(), abandon);
  return { bull, abandon, checkAway: () => {} };
}

export async function openPostgresWorker(url: string, settings: WorkerSettings): Promise<BackendWorker> {
  const state = watchState(settings.log, "PostgreSQL", consequence);
  const bull = new Worker<JobData, void, string, PostgresQueueBackend, number, PostgresConnectionOptions>(
    settings.name,
    processorOf(settings),
    {
      // A job needs a connection only when it begins and ends.
      connection: connectionTo(url, Math.min(settings.concurrency, 8) + 2),
      concurrency: settings.concurrency,
      runRetryDelay: 1_000,
      ...defined({ telemetry: settings.telemetry }),
    },
    (...args) => patient(createPostgresBackend(...args), state),
  );
  bull.on("error", (error) => noteError(state, bull.closing, error));
  const abandon = () => void bull.disconnect().catch(() => {});
  await orAbandon(bull.waitUntilReady(), abandon);
  return { bull, abandon };
}

function connectionTo(url: string, max: number): PostgresConnectionOptions {
  return {
    connectionString: url,
    application_name: "sipbook queue",
    max,
    // Each operation has a shorter limit; this one is for a start on a busy machine.
    connectionTimeoutMillis: 10_000,
    statement_timeout: 10_000,
    query_timeout: 10_500,
    keepAlive: true,
  };
}

/** Except for a refused connection, BullMQ retries without a pause; this adds one. */
function patient(backend: PostgresQueueBackend, state: BackendState): PostgresQueueBackend {
  const moveToActive = backend.moveToActive.bind(backend);
  return Object.assign(backend, {
    moveToActive: async (...args: Parameters<typeof moveToActive>) => {
      try {
        const job = await moveToActive(...args);
        state.up();
        return job;
      } catch (error) {
        await sleep(1_000);
        throw error;
      }
    },
  });
}

async function orAbandon(ready: Promise<unknown>, abandon: () => void): Promise<void> {
  try {
    await ready;
  } catch (error) {
    abandon();
    throw error;
  }
}

/** A connection that breaks while we close is not logged. */
function noteError(state: BackendState, closing: Promise<void> | undefined, error: Error): void {
  if (closing !== undefined) return;
  if (isDatabaseAway(error)) state.down(error);
  else state.error(error);
}
