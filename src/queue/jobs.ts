import type { JobsOptions } from "bullmq";
import type { Logger } from "pino";
import { reasonOf } from "../faults/reason-of.ts";
import type { JobData, QueueTelemetry } from "./backend.ts";

export interface QueueSettings {
  readonly name: string;
  readonly log: Logger;
  readonly telemetry: QueueTelemetry | undefined;
}

/** As BullMQ takes it: left out, where there is none. */
export function telemetryOf({ telemetry }: QueueSettings): { readonly telemetry?: QueueTelemetry } {
  return telemetry === undefined ? {} : { telemetry };
}

export interface WorkerSettings extends QueueSettings {
  readonly concurrency: number;
  readonly process: (ids: readonly string[]) => Promise<void>;
}

/**
 * A job is retried only for faults of the surroundings, such as a database that restarts. What fails for longer is
 * left to the sweep; a few of these jobs are kept for people to look at.
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
  /** For what went wrong while the backend is there; the same again and again is told once. */
  odd(error: Error): void;
}

/** Tells the log when a backend goes and when it comes back, one line each, however often it is tried in between. */
export function watchState(log: Logger, backend: string, consequence: string): BackendState {
  let isDown = false;
  let lastOdd = "";
  return {
    up: () => {
      if (isDown) log.info(`${backend} is back`);
      isDown = false;
      lastOdd = "";
    },
    down: (reason) => {
      if (!isDown)
        log.warn(
          { reason: reason === undefined ? "the connection was closed" : reasonOf(reason) },
          `${backend} is away: ${consequence}`,
        );
      isDown = true;
    },
    odd: (error) => {
      if (error.message === lastOdd) return;
      lastOdd = error.message;
      log.warn({ reason: reasonOf(error) }, `The queue on ${backend} had a problem`);
    },
  };
}
