import type { JobsOptions, Telemetry } from "bullmq";
import type { Logger } from "pino";
import { reasonOf } from "../faults/reason-of.ts";

/** Carries traces through jobs. */
export type QueueTelemetry = Telemetry;

/** Numbers of jobs, not of events. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** What both backends have in common. */
export interface BackendQueue {
  readonly bull: {
    add(name: string, data: JobData, options?: { readonly delay: number }): Promise<unknown>;
    getJobCounts(...types: (keyof QueueCounts)[]): Promise<Record<string, number>>;
    close(): Promise<void>;
  };
  /** Throws at once if the backend is known to be away. */
  readonly checkAway: () => void;
  /** Closes every connection without waiting. */
  readonly abandon: () => void;
}

export interface BackendWorker {
  readonly bull: { close(): Promise<void> };
  readonly abandon: () => void;
}

export interface JobData {
  readonly ids: readonly string[];
}

export interface QueueSettings {
  readonly name: string;
  readonly log: Logger;
  readonly telemetry: QueueTelemetry | undefined;
}

export interface WorkerSettings extends QueueSettings {
  readonly concurrency: number;
  readonly process: (ids: readonly string[]) => Promise<void>;
}

/**
 * A job is retried only for temporary faults, such as a restart of the database. After the last attempt the sweep
 * takes over; the latest failed jobs are kept for inspection.
 */
export const jobOptions: JobsOptions = {
  attempts: 4,
  backoff: { type: "exponential", delay: 1_000 },
  removeOnComplete: true,
  removeOnFail: { count: 100, age: 86_400 },
};

/** For BullMQ's `Worker`. */
export function processorOf({ process }: WorkerSettings): (job: { readonly data: JobData }) => Promise<void> {
  return (job) => process(job.data.ids);
}

export interface BackendState {
  up(): void;
  down(reason: unknown): void;
  /** Logs an error while connected; repeats of a message once. */
  error(error: Error): void;
}

/** Logs one line when a backend goes away and one when it is back, however many attempts fail in between. */
export function watchState(log: Logger, backend: string, consequence: string): BackendState {
  let isDown = false;
  let lastMessage = "";
  return {
    up: () => {
      if (isDown) log.info(`${backend} is back`);
      isDown = false;
      lastMessage = "";
    },
    down: (reason) => {
      if (!isDown)
        log.warn(
          { reason: reason === undefined ? "the connection was closed" : reasonOf(reason) },
          `${backend} is away: ${consequence}`,
        );
      isDown = true;
    },
    error: (error) => {
      if (error.message === lastMessage) return;
      lastMessage = error.message;
      log.warn({ reason: reasonOf(error) }, `The queue on ${backend} had a problem`);
    },
  };
}
