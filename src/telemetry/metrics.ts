import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import packageJson from "../../package.json" with { type: "json" };

/** As many pairs of book and source get series of their own; the others count together. */
const mostSources = 500;

const delays = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What this process counts, for GET /metrics. Made once a process and handed on; nothing is global. */
export function buildMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "sipbook_build_info",
    help: "Which sipbook this is; always 1",
    labelNames: ["version"] as const,
    registers,
  }).set({ version: packageJson.version }, 1);
  return {
    registry,
    /** Labels of a source, of which there are never more than can be kept. */
    labelsOf: boundSources(mostSources),
    ...buildEventMetrics(registers),
    ...buildLiveMetrics(registers),
    ...buildHepMetrics(registers),
    httpRequests: new Counter({
      name: "sipbook_http_requests_total",
      help: "Requests that were answered, by route; `unknown` is a path that no route takes",
      labelNames: ["method", "route", "status"] as const,
      registers,
    }),
    httpSeconds: new Histogram({
      name: "sipbook_http_request_seconds",
      help: "From a request to the end of its answer",
      labelNames: ["method", "route"] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
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
      buckets: [...delays, 60],
      registers,
    }),
    deliveries: new Counter({
      name: "sipbook_webhook_deliveries_total",
      help: "Tries to deliver a webhook, by outcome",
      labelNames: ["outcome"] as const,
      registers,
    }),
    givenUp: new Counter({
      name: "sipbook_webhook_given_up_total",
      help: "Deliveries that are not tried any more, though no receiver took them",
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

function buildEventMetrics(registers: Registry[]) {
  return {
    received: new Counter({
      name: "sipbook_events_received_total",
      help: "Events that came in, by what became of them at the door: accepted, duplicate or rejected",
      labelNames: ["book", "source", "state"] as const,
      registers,
    }),
    decided: new Counter({
      name: "sipbook_events_decided_total",
      help: "Events that this process decided, by verdict",
      labelNames: ["book", "source", "verdict"] as const,
      registers,
    }),
    retried: new Counter({
      name: "sipbook_event_retries_total",
      help: "Times that an event could not be decided and was left for another try",
      registers,
    }),
    waitSeconds: new Histogram({
      name: "sipbook_event_wait_seconds",
      help: "From an event's receipt until a worker took it up",
      buckets: [...delays, 60, 300, 3600],
      registers,
    }),
    applySeconds: new Histogram({
      name: "sipbook_apply_seconds",
      help: "From the beginning of a batch's transaction to its commit",
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
      help: "Packets of mirrored SIP, by what became of them; only `taken` ones are of calls",
      labelNames: ["fate"] as const,
      registers,
    }),
    hepDropped: new Counter({
      name: "sipbook_hep_dropped_total",
      help: "What was lost of mirrored SIP: datagrams by the kernel, or outcomes of calls by us",
      labelNames: ["reason"] as const,
      registers,
    }),
    hepLeftOut: new Counter({
      name: "sipbook_hep_left_out_total",
      help: "Messages and answers of mirrored calls that are no outcome of a branch, by reason",
      labelNames: ["reason"] as const,
      registers,
    }),
    hepHops: new Gauge({
      name: "sipbook_hep_hops",
      help: "Hops of mirrored calls that are kept at present",
      registers,
    }),
  };
}

/** Read anew for each scrape, and left out where they cannot be read. */
function buildLiveMetrics(registers: Registry[]) {
  return {
    up: new Gauge({
      name: "sipbook_up",
      help: "Whether what the service leans on answered this scrape: 1 or 0",
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
      help: "Since when the oldest event without a verdict waits; 0 where none does",
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
      help: "Changes that an active subscription has not come to yet; the 100 that are behind the most",
      labelNames: ["book", "subscription"] as const,
      registers,
    }),
    queueJobs: new Gauge({
      name: "sipbook_queue_jobs",
      help: "Jobs in BullMQ, by state. A job of events carries one or many",
      labelNames: ["queue", "state"] as const,
      registers,
    }),
  };
}

/** A series costs memory here and in Prometheus, and who may make books may make many. */
function boundSources(most: number) {
  const known = new Set<string>();
  return (book: string, source: string): { readonly book: string; readonly source: string } => {
    const pair = `${book} ${source}`;
    if (known.has(pair)) return { book, source };
    if (known.size >= most) return { book: "_other", source: "_other" };
    known.add(pair);
    return { book, source };
  };
}
