import type { Logger } from "pino";
import { describeFault } from "../faults/fault.ts";
import { endsWithin, within } from "../faults/within.ts";
import type { BackendWorker, QueueCounts, QueueTelemetry } from "./backend.ts";
import { openPostgresQueue, openPostgresWorker } from "./postgres.ts";
import { openRedisQueue, openRedisWorker } from "./redis.ts";
import type { RedisTarget } from "./redis-url.ts";

/** Which of BullMQ's two official backends carries the jobs. */
export type QueueConnection = ({ readonly redis: RedisTarget } | { readonly databaseUrl: string }) & {
  /** Undefined without traces. */
  readonly telemetry?: QueueTelemetry | undefined;
};

type QueueOptions = QueueConnection & {
  readonly log: Logger;
  readonly name: string;
};

/** The queue carries only ids: if it loses a job, the worker's sweep of PostgreSQL finds the work. */
export interface Queue {
  /**
   * Adds one job for these ids, now or after `delayMs`. Rejects within 2 s if the backend is away; the job may exist
   * nevertheless.
   */
  add(ids: readonly string[], delayMs?: number): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** Rejects within 2 s if the backend is away. */
  ping(): Promise<void>;
  /** Returns within 2 s. */
  close(): Promise<void>;
}

interface QueueWorker {
  /** Takes no more jobs, and returns when those in progress are done, or after `withinMs` (default 8 s). */
  close(withinMs?: number): Promise<void>;
}

type QueueWorkerOptions = QueueOptions & {
  /** Runs one job. May run twice for the same ids. If it rejects, the job is retried. */
  readonly process: (ids: readonly string[]) => Promise<void>;
  /** Concurrent jobs in this process. */
  readonly concurrency: number;
};

const patienceMs = 2_000;

/**
 * Opens the producing side. With Redis it succeeds even while Redis is away. With PostgreSQL it rejects if the
 * database is away or not migrated.
 */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { log, name, telemetry } = options;
  const settings = { name, log, telemetry };
  const { bull, checkAway, abandon } =
    "redis" in options
      ? openRedisQueue(options.redis, settings)
      : await openPostgresQueue(options.databaseUrl, settings);
  const counts = async (): Promise<QueueCounts> => {
    checkAway();
    const found = await answered(bull.getJobCounts("waiting", "active", "delayed", "failed"));
    const { waiting = 0, active = 0, delayed = 0, failed = 0 } = found;
    return { waiting, active, delayed, failed };
  };
  return {
    add: async (ids, delayMs) => {
      checkAway();
      await answered(bull.add(name, { ids }, delayMs === undefined ? undefined : { delay: delayMs }));
    },
    counts,
    ping: async () => {
      await counts();
    },
    close: () => closeWithin(patienceMs, { bull, abandon }),
  };
}

/** Adds a job without waiting for it. If the queue is away, a worker's sweep finds the work later. */
export function ring(queue: Queue, ids: readonly string[], log: Pick<Logger, "debug">): void {
  queue.add(ids).catch((error: unknown) => {
    log.debug({ fault: describeFault(error), ids }, "The queue is away: a worker's sweep will find the work");
  });
}

/** Starts to take jobs. Rejects in the same cases as `openQueue`. */
export async function openQueueWorker(options: QueueWorkerOptions): Promise<QueueWorker> {
  const { log, name, telemetry, process, concurrency } = options;
  const settings = { name, log, telemetry, concurrency, process };
  const worker =
    "redis" in options
      ? openRedisWorker(options.redis, settings)
      : await openPostgresWorker(options.databaseUrl, settings);
  return { close: (withinMs = 8_000) => closeWithin(withinMs, worker) };
}

async function closeWithin(limitMs: number, { bull, abandon }: BackendWorker): Promise<void> {
  // BullMQ's own close may never return while Redis is away.
  await endsWithin(limitMs, bull.close()).catch(() => {});
  abandon();
}

function answered<T>(work: Promise<T>): Promise<T> {
  return within(patienceMs, work, `The queue did not answer within ${patienceMs} ms`);
}
