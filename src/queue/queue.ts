import type { Logger } from "pino";
import { within } from "../faults/within.ts";
import type { BackendWorker, QueueCounts, QueueTelemetry } from "./backend.ts";
import { openPostgresQueue, openPostgresWorker } from "./postgres.ts";
import { openRedisQueue, openRedisWorker } from "./redis.ts";
import type { RedisTarget } from "./redis-url.ts";

/** Which of BullMQ's two official backends carries the jobs. */
export type QueueConnection = ({ readonly redis: RedisTarget } | { readonly databaseUrl: string }) & {
  /** Undefined: no traces. */
  readonly telemetry?: QueueTelemetry | undefined;
};

export type QueueOptions = QueueConnection & {
  readonly log: Logger;
  /** Queues of different names never meet. */
  readonly name: string;
};

/** The queue carries ids, never truth: what it loses, the worker's sweep of PostgreSQL finds. */
export interface Queue {
  /**
   * One job for these ids, now or after `delayMs`. Rejects within 2 s where the backend is away; the job may then
   * exist all the same.
   */
  add(ids: readonly string[], delayMs?: number): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** Rejects within 2 s where the backend is away. */
  ping(): Promise<void>;
  /** Returns within 2 s. */
  close(): Promise<void>;
}

export interface QueueWorker {
  /** Takes no more jobs, and returns when those at hand are done, or after `withinMs` (default 8 s). */
  close(withinMs?: number): Promise<void>;
}

export type QueueWorkerOptions = QueueOptions & {
  /** One job. May run twice for the same ids. A rejection is a fault of the surroundings, and tried again. */
  readonly process: (ids: readonly string[]) => Promise<void>;
  /** Jobs at the same time, in this process. */
  readonly concurrency: number;
};

const patienceMs = 2_000;

/**
 * Opens the producing side. With Redis it succeeds also while Redis is away; with PostgreSQL, whose loss nothing
 * survives anyway, it rejects, also where `migrate` did not run.
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

/** Starts to take jobs. Succeeds and rejects as `openQueue` does. */
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
  await within(limitMs, bull.close(), "The queue did not close").catch(() => {});
  abandon();
}

function answered<T>(work: Promise<T>): Promise<T> {
  return within(patienceMs, work, `The queue did not answer within ${patienceMs} ms`);
}
