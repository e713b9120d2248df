import type { Telemetry } from "bullmq";

/** How jobs take part in traces. */
export type QueueTelemetry = Telemetry;

/** Jobs, not events. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** What both backends come down to. */
export interface BackendQueue {
  readonly bull: {
    add(name: string, data: JobData, options?: { readonly delay: number }): Promise<unknown>;
    getJobCounts(...types: (keyof QueueCounts)[]): Promise<Record<string, number>>;
    close(): Promise<void>;
  };
  /** Throws at once where it is known that the backend is away. */
  readonly checkAway: () => void;
  /** Lets go of every connection, whatever they wait for. */
  readonly abandon: () => void;
}

export interface BackendWorker {
  readonly bull: { close(): Promise<void> };
  readonly abandon: () => void;
}

export interface JobData {
  readonly ids: readonly string[];
}
