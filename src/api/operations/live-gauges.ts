import { within } from "../../faults/within.ts";
import { type QueueName, type Queues, queueNames } from "../../queue/queues.ts";
import type { Database } from "../../store/client.ts";
import { readBacklog } from "../../store/events/pending.ts";
import { countSubscriptions, findSubscriptionLags } from "../../store/subscriptions/subscriptions.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

const patienceMs = 2_000;
const mostSubscriptions = 100;

interface Deps {
  readonly db: Database;
  readonly queues: Queues;
  readonly metrics: Metrics;
}

/**
 * Reads what is in no process but in PostgreSQL and the queue, and sets the gauges. Returns within 2 s whatever is
 * away; what could not be read has no value then, instead of an old one.
 */
export function buildLiveGauges({ db, queues, metrics }: Deps): () => Promise<void> {
  const { pending, oldestPendingSeconds, subscriptions, subscriptionBehind, up } = metrics;
  const ask = onceAtATime(async () => {
    const backlog = await readBacklog(db, null);
    const counts = await countSubscriptions(db);
    return { backlog, counts, lags: await findSubscriptionLags(db, mostSubscriptions) };
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

/** Who asks while the work is under way waits for its end: a server that hangs is asked once, not once a scrape. */
function onceAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}
