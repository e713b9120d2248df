import type { Telemetry } from "bullmq";

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
