import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What this process counts, for GET /metrics. Made once a process and handed on; nothing is global. */
export function buildMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    received: new Counter({
      name: "sipbook_events_received_total",
      help: "Events that this process took in, by what became of them at the door",
      labelNames: ["state"] as const,
      registers,
    }),
    decided: new Counter({
      name: "sipbook_events_decided_total",
      help: "Events that this process decided",
      labelNames: ["book", "source", "verdict"] as const,
      registers,
    }),
    applySeconds: new Histogram({
      name: "sipbook_apply_seconds",
      help: "From the beginning of a batch's transaction to its commit",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    batchEvents: new Histogram({
      name: "sipbook_batch_events",
      help: "Events decided in one transaction",
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      registers,
    }),
    feedReaders: new Gauge({
      name: "sipbook_feed_readers",
      help: "Open streams of the feed in this process",
      registers,
    }),
    feedDelaySeconds: new Histogram({
      name: "sipbook_feed_delay_seconds",
      help: "From a change to its being written to the streams of this process",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
      registers,
    }),
    deliveries: new Counter({
      name: "sipbook_webhook_deliveries_total",
      help: "Tries to deliver a webhook, by outcome",
      labelNames: ["outcome"] as const,
      registers,
    }),
    deliverySeconds: new Histogram({
      name: "sipbook_webhook_delivery_seconds",
      help: "How long receivers of webhooks took to answer",
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
      registers,
    }),
    importRows: new Counter({
      name: "sipbook_import_rows_total",
      help: "Rows of imports, by what became of them",
      labelNames: ["outcome"] as const,
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof buildMetrics>;
