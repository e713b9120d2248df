import { within } from "../../faults/within.ts";
import { type QueueName, type Queues, queueNames } from "../../queue/queues.ts";
import type { Database } from "../../store/client.ts";
import { readBacklog } from "../../store/events/pending.ts";
import { countSubscriptions, findSubscriptionLags } from "../../store/subscriptions/subscriptions.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

const patienceMs = 2_000;
const maxSubscriptions = 100;

export interface MetricsDeps {
  readonly db: Database;
  readonly queues: Queues;
  readonly metrics: Metrics;
}

/**
 * Sets the gauges that are read from PostgreSQL and the queue. Returns within 2 s, even if one of them does not answer;
 * then its gauges have no value, instead of an old one.
 */
export function buildLiveGauges({ db, queues, metrics }: MetricsDeps): () => Promise<void> {
  const { pending, oldestPendingSeconds, subscriptions, subscriptionBehind, up } = metrics;
  const ask = onceAtATime(async () => {
    const backlog = await readBacklog(db, null);
    const counts = await countSubscriptions(db);
    return { backlog, counts, lags: await findSubscriptionLags(db, maxSubscriptions) };
  });

  async function readPostgres(): Promise<void> {
    const found = await within(patienceMs, ask(), "PostgreSQL did not answer").catch(() => null);
    up.set({ dependency: "postgres" }, found === null ? 0 : 1);
    for (const gauge of [subscriptions, subscriptionBehind]) gauge.reset();
    if (found === null) {
      for (const gauge of [pending, oldestPendingSeconds]) gauge.remove();
      return;
    }
    pending.set(found.backlog.events);
    oldestPendingSeconds.set(found.backlog.oldestSeconds);
    for (const state of ["active", "paused", "disabled"] as const)
      subscriptions.set({ state }, found.counts.get(state) ?? 0);
    for (const { id, book, behind } of found.lags) subscriptionBehind.set({ book, subscription: id }, behind);
  }

  async function readQueues(): Promise<void> {
    const answered = await Promise.all(queueNames.map(readQueue));
    metrics.up.set({ dependency: "queue" }, answered.every(Boolean) ? 1 : 0);
  }

  async function readQueue(name: QueueName): Promise<boolean> {
    const counts = await queues[name].counts().catch(() => null);
    for (const state of ["waiting", "active", "delayed", "failed"] as const) {
      if (counts === null) metrics.queueJobs.remove({ queue: name, state });
      else metrics.queueJobs.set({ queue: name, state }, counts[state]);
    }
    return counts !== null;
  }

  return async () => void (await Promise.all([readPostgres(), readQueues()]));
}

/** Calls during a run share its result, so that a hanging server gets one query and not one for each scrape. */
function onceAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}
