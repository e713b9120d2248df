import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import packageJson from "../../package.json" with { type: "json" };

/** This many pairs of book and source have series of their own; the others count together. */
const maxSources = 500;

const delays = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of this process, for GET /metrics. Built once per process and passed on; nothing is global. */
export function buildMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "sipbook_build_info",
    help: "Version of sipbook; always 1",
    labelNames: ["version"] as const,
    registers,
  }).set({ version: packageJson.version }, 1);
  return {
    registry,
    /** Labels of a source, limited in number. */
    labelsOf: boundSources(maxSources),
    ...buildEventMetrics(registers),
    ...buildLiveMetrics(registers),
    ...buildHepMetrics(registers),
    httpRequests: new Counter({
      name: "sipbook_http_requests_total",
      help: "Answered requests by route; `unknown` is a path without a route",
      labelNames: ["method", "route", "status"] as const,
      registers,
    }),
    httpSeconds: new Histogram({
      name: "sipbook_http_request_seconds",
      help: "Time from a request to the end of its answer",
      labelNames: ["method", "route"] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    feedReaders: new Gauge({
      name: "sipbook_feed_readers",
      help: "Open feed streams of this process",
      registers,
    }),
    feedDelaySeconds: new Histogram({
      name: "sipbook_feed_delay_seconds",
      help: "Time from a change until it is written to the streams of this process",
      buckets: [...delays, 60],
      registers,
    }),
    deliveries: new Counter({
      name: "sipbook_webhook_deliveries_total",
      help: "Attempts to deliver a webhook, by outcome",
      labelNames: ["outcome"] as const,
      registers,
    }),
    givenUp: new Counter({
      name: "sipbook_webhook_given_up_total",
      help: "Deliveries that failed and will not be retried",
      registers,
    }),
    deliverySeconds: new Histogram({
      name: "sipbook_webhook_delivery_seconds",
      help: "Time that receivers of webhooks took to answer",
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
      registers,
    }),
    importRows: new Counter({
      name: "sipbook_import_rows_total",
      help: "Rows of imports, by outcome",
      labelNames: ["outcome"] as const,
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof buildMetrics>;

function buildEventMetrics(registers: Registry[]) {
  return {
    received: new Counter({
      name: "sipbook_events_received_total",
      help: "Received events, by state: accepted, duplicate or rejected",
      labelNames: ["book", "source", "state"] as const,
      registers,
    }),
    decided: new Counter({
      name: "sipbook_events_decided_total",
      help: "Events decided by this process, by verdict",
      labelNames: ["book", "source", "verdict"] as const,
      registers,
    }),
    retried: new Counter({
      name: "sipbook_event_retries_total",
      help: "Failed attempts to decide an event that will be retried",
      registers,
    }),
    waitSeconds: new Histogram({
      name: "sipbook_event_wait_seconds",
      help: "Time from an event's receipt until a worker took it",
      buckets: [...delays, 60, 300, 3600],
      registers,
    }),
    applySeconds: new Histogram({
      name: "sipbook_apply_seconds",
      help: "Duration of a batch's transaction, up to its commit",
      buckets: delays,
      registers,
    }),
    batchEvents: new Histogram({
      name: "sipbook_batch_events",
      help: "Events decided in one transaction",
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      registers,
    }),
  };
}

function buildHepMetrics(registers: Registry[]) {
  return {
    hepPackets: new Counter({
      name: "sipbook_hep_packets_total",
      help: "Packets of mirrored SIP, by what became of them; only `taken` ones belong to calls",
      labelNames: ["fate"] as const,
      registers,
    }),
    hepDropped: new Counter({
      name: "sipbook_hep_dropped_total",
      help: "Mirrored SIP that was lost: datagrams in the kernel, or outcomes of calls in sipbook",
      labelNames: ["reason"] as const,
      registers,
    }),
    hepLeftOut: new Counter({
      name: "sipbook_hep_left_out_total",
      help: "Messages and answers of mirrored calls that are not the outcome of a branch, by reason",
      labelNames: ["reason"] as const,
      registers,
    }),
    hepHops: new Gauge({
      name: "sipbook_hep_hops",
      help: "Hops of mirrored calls in memory",
      registers,
    }),
  };
}

/** Read for each scrape, and left out if they cannot be read. */
function buildLiveMetrics(registers: Registry[]) {
  return {
    up: new Gauge({
      name: "sipbook_up",
      help: "Whether this dependency answered during this scrape: 1 or 0",
      labelNames: ["dependency"] as const,
      registers,
    }),
    pending: new Gauge({
      name: "sipbook_events_pending",
      help: "Events of all books without a verdict, counted up to 100,000",
      registers,
    }),
    oldestPendingSeconds: new Gauge({
      name: "sipbook_oldest_pending_seconds",
      help: "Age of the oldest event without a verdict; 0 if there is none",
      registers,
    }),
    subscriptions: new Gauge({
      name: "sipbook_subscriptions",
      help: "Subscriptions of all books, by state",
      labelNames: ["state"] as const,
      registers,
    }),
    subscriptionBehind: new Gauge({
      name: "sipbook_subscription_behind",
      help: "Changes that an active subscription still has to deliver; only the 100 largest",
      labelNames: ["book", "subscription"] as const,
      registers,
    }),
    queueJobs: new Gauge({
      name: "sipbook_queue_jobs",
      help: "Jobs in BullMQ, by state. A job of the queue events carries one or more events",
      labelNames: ["queue", "state"] as const,
      registers,
    }),
  };
}

/** Limits the series: each costs memory here and in Prometheus, and an admin can make many books. */
function boundSources(maxPairs: number) {
  const known = new Set<string>();
  return (book: string, source: string): { readonly book: string; readonly source: string } => {
    const pair = `${book} ${source}`;
    if (known.has(pair)) return { book, source };
    if (known.size >= maxPairs) return { book: "_other", source: "_other" };
    known.add(pair);
    return { book, source };
  };
}
