import type { Logger } from "pino";
import type { QueueConnection } from "../queue/queue.ts";
import type { Queues } from "../queue/queues.ts";
import type { Database } from "../store/client.ts";
import type { FeedSignal } from "../store/feed/signal.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { Outbound } from "../webhooks/outbound.ts";

/** What each kind of work in a worker process needs. */
export interface WorkDeps {
  readonly db: Database;
  readonly connection: QueueConnection;
  /** Prefix of its queues' names. */
  readonly prefix?: string | undefined;
  readonly queues: Queues;
  readonly signal: FeedSignal;
  readonly metrics: Metrics;
  readonly outbound: Outbound;
  readonly tracing?: Tracing;
  readonly log: Logger;
  readonly sweepEverySeconds: number;
}

export interface Work {
  /** Takes nothing new, and returns when the work in progress is done. */
  close(): Promise<void>;
}
