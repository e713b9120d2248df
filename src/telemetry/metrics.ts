import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import packageJson from "../../package.json" with { type: "json" };

/** This many pairs of book and source have series of their own; the others count together. */
const maxSources = 500;

const delays = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of this process, for GET /metrics. Built once per process and passed on; nothing is global. */
export function buildMetrics() {
  const registry = new Registry();
  const makers = makersOf(registry);
  const { counter, gauge, histogram } = makers;
  collectDefaultMetrics({ register: registry });
  gauge("sipbook_build_info", "Version of sipbook; always 1", ["version"]).set(
    { version: packageJson.version },
    1,
  );
  return {
    registry,
    /** Labels of a source, limited in number. */
    labelsOf: boundSources(maxSources),
    ...buildEventMetrics(makers),
    ...buildLiveMetrics(makers),
    ...buildHepMetrics(makers),
    httpRequests: counter(
      "sipbook_http_requests_total",
      "Answered requests by route; `unknown` is a path without a route",
      ["method", "route", "status"],
    ),
    httpSeconds: histogram(
      "sipbook_http_request_seconds",
      "Time from a request to the end of its answer",
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      ["method", "route"],
    ),
    feedReaders: gauge("sipbook_feed_readers", "Open feed streams of this process"),
    feedDelaySeconds: histogram(
      "sipbook_feed_delay_seconds",
      "Time from a change until it is written to the streams of this process",
      [...delays, 60],
    ),
    deliveries: counter("sipbook_webhook_deliveries_total", "Attempts to deliver a webhook, by outcome", [
      "outcome",
    ]),
    givenUp: counter("sipbook_webhook_given_up_total", "Deliveries that failed and will not be retried"),
    deliverySeconds: histogram(
      "sipbook_webhook_delivery_seconds",
      "Time that receivers of webhooks took to answer",
      [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    ),
    importRows: counter("sipbook_import_rows_total", "Rows of imports, by outcome", ["outcome"]),
  };
}

export type Metrics = ReturnType<typeof buildMetrics>;

/** Makes metrics of one registry. A metric without labels has one series. */
const makersOf = (registry: Registry) => {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter({ name, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Gauge({ name, help, labelNames, registers }),
    histogram: <L extends string>(
      name: string,
      help: string,
      buckets: number[],
      labelNames: readonly L[] = [],
    ) => new Histogram({ name, help, buckets, labelNames, registers }),
  };
};

type Makers = ReturnType<typeof makersOf>;

function buildEventMetrics({ counter, histogram }: Makers) {
  return {
    received: counter(
      "sipbook_events_received_total",
      "Received events, by state: accepted, duplicate or rejected",
      ["book", "source", "state"],
    ),
    decided: counter("sipbook_events_decided_total", "Events decided by this process, by verdict", [
      "book",
      "source",
      "verdict",
    ]),
    retried: counter(
      "sipbook_event_retries_total",
      "Failed attempts to decide an event that will be retried",
    ),
    waitSeconds: histogram(
      "sipbook_event_wait_seconds",
      "Time from an event's receipt until a worker took it",
      [...delays, 60, 300, 3600],
    ),
    applySeconds: histogram(
      "sipbook_apply_seconds",
      "Duration of a batch's transaction, up to its commit",
      delays,
    ),
    batchEvents: histogram(
      "sipbook_batch_events",
      "Events decided in one transaction",
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    ),
  };
}

function buildHepMetrics({ counter, gauge }: Makers) {
  return {
    hepPackets: counter(
      "sipbook_hep_packets_total",
      "Packets of mirrored SIP, by what became of them; only `taken` ones belong to calls",
      ["fate"],
    ),
    hepDropped: counter(
      "sipbook_hep_dropped_total",
      "Mirrored SIP that was lost: datagrams in the kernel, or outcomes of calls in sipbook",
      ["reason"],
    ),
    hepLeftOut: counter(
      "sipbook_hep_left_out_total",
      "Messages and answers of mirrored calls that are not the outcome of a branch, by reason",
      ["reason"],
    ),
    hepHops: gauge("sipbook_hep_hops", "Hops of mirrored calls in memory"),
  };
}

/** Read for each scrape, and left out if they cannot be read. */
function buildLiveMetrics({ gauge }: Makers) {
  return {
    up: gauge("sipbook_up", "Whether this dependency answered during this scrape: 1 or 0", ["dependency"]),
    pending: gauge("sipbook_events_pending", "Events of all books without a verdict, counted up to 100,000"),
    oldestPendingSeconds: gauge(
      "sipbook_oldest_pending_seconds",
      "Age of the oldest event without a verdict; 0 if there is none",
    ),
    subscriptions: gauge("sipbook_subscriptions", "Subscriptions of all books, by state", ["state"]),
    subscriptionBehind: gauge(
      "sipbook_subscription_behind",
      "Changes that an active subscription still has to deliver; only the 100 largest",
      ["book", "subscription"],
    ),
    queueJobs: gauge(
      "sipbook_queue_jobs",
      "Jobs in BullMQ, by state. A job of the queue events carries one or more events",
      ["queue", "state"],
    ),
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
