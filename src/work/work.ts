import type { Logger } from "pino";
import type { QueueConnection } from "../queue/queue.ts";
import type { Queues } from "../queue/queues.ts";
import type { Database } from "../store/client.ts";
import type { FeedSignal } from "../store/feed/signal.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { Outbound } from "../webhooks/outbound.ts";

/** What every kind of work of a worker process gets. */
export interface WorkDeps {
  readonly db: Database;
  readonly connection: QueueConnection;
  /** Of the names of its queues. */
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
  /** Takes nothing new, and returns when what is at hand is done. */
  close(): Promise<void>;
}
