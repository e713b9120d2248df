import { setTimeout as sleep } from "node:timers/promises";
import { describeFault } from "../faults/fault.ts";
import { openQueueWorker } from "../queue/queue.ts";
import { queueName } from "../queue/queues.ts";
import { trimDeliveries } from "../store/subscriptions/deliveries.ts";
import {
  claimWaiting,
  type LeaseScope,
  leaseSubscription,
  planNext,
  releaseLease,
  type WaitingSubscription,
} from "../store/subscriptions/lease.ts";
import { type DeliverDeps, deliver } from "./deliver.ts";
import type { Work, WorkDeps } from "./work.ts";

/**
 * Concurrent subscriptions of one process. Those whose endpoint failed last time have a lane of their own, so that
 * hanging receivers delay only one another.
 */
const concurrency = { webhooks: 32, webhookRetries: 16 } as const;
type Lane = keyof typeof concurrency;
const laneOf = ({ isFailing }: WaitingSubscription): Lane => (isFailing ? "webhookRetries" : "webhooks");
/** Runs in this process, per lane, while the queue is unreachable. */
const concurrencyWithoutQueue = 8;
/** Changes that are announced within this time are handled together. */
const gatherMs = 20;
const maxAtOnce = 500;
/** How long sends in flight may go on after the stop began. */
const patienceMs = 3_000;
const trimEveryMs = 10 * 60_000;

/** Delivers to subscriptions: on changes, on jobs, and by regular sweeps for what both have lost. */
export async function startWebhooks(deps: WorkDeps): Promise<Work> {
  const { connection, prefix, log, signal } = deps;
  const [closing, cut] = [new AbortController(), new AbortController()];
  const sending = { ...deps, closing: closing.signal, cut: cut.signal };
  const hand = handOver(deps, (lane, id) => sendFor(sending, hand, { lane, id }));
  const openLane = (lane: Lane) =>
    openQueueWorker({
      ...connection,
      log,
      concurrency: concurrency[lane],
      name: queueName(lane, prefix),
      process: async (ids) => void (await Promise.all(ids.map((id) => sendFor(sending, hand, { lane, id })))),
    });
  const workers = [await openLane("webhooks"), await openLane("webhookRetries")];
  const looking = startLooking(deps, hand);
  const stopListening = signal.listen(looking.look);
  const trimming = setInterval(() => void trim(deps), trimEveryMs);
  return {
    async close() {
      closing.abort();
      stopListening();
      clearInterval(trimming);
      const cutting = setTimeout(() => cut.abort(), patienceMs);
      await Promise.all([...workers.map((worker) => worker.close()), looking.close(), hand.close()]);
      clearTimeout(cutting);
    },
  };
}

type Sending = DeliverDeps & Pick<WorkDeps, "queues">;

/** Runs one subscription, and queues its next run. */
async function sendFor(
  deps: Sending,
  hand: HandOver,
  { lane, id }: { readonly lane: Lane; readonly id: string },
): Promise<void> {
  const { db, closing, log, queues } = deps;
  if (closing.aborted) return;
  const subscription = await leaseSubscription(db, id);
  if (subscription === null) return;
  const isElsewhere = subscription.failures > 0 && lane === "webhooks";
  try {
    if (!isElsewhere) await deliver(deps, subscription);
  } finally {
    await releaseLease(db, subscription);
  }
  // No other worker could take what came while we held the lease.
  const [waiting] = await claimWaiting(db, { id }, 1);
  if (waiting !== undefined) return hand.over(waiting);
  const planned = await planNext(db, id);
  const added = planned === null ? null : queues[laneOf(planned)].add([id], planned.inMs);
  await added?.catch(() => log.debug({ subscriptionId: id }, "A retry is left to the sweep"));
}

interface HandOver {
  over(subscription: WaitingSubscription): Promise<void>;
  close(): Promise<void>;
}

/** Queues a job for a subscription, or runs it in this process while the queue is away. */
function handOver({ queues, log }: WorkDeps, run: (lane: Lane, id: string) => Promise<void>): HandOver {
  const lanes = { webhooks: new Set<Promise<void>>(), webhookRetries: new Set<Promise<void>>() };
  const runHere = (lane: Lane, id: string) => {
    const running = lanes[lane];
    // No free slot: the next sweep picks it up.
    if (running.size >= concurrencyWithoutQueue) return;
    const ended = run(lane, id)
      .catch((error: unknown) => {
        const entry = { subscriptionId: id, fault: describeFault(error) };
        log.warn(entry, `Delivery to subscription ${id} failed and will be retried`);
      })
      .finally(() => running.delete(ended));
    running.add(ended);
  };
  return {
    over: (subscription) => {
      const [lane, { id }] = [laneOf(subscription), subscription];
      return queues[lane].add([id]).catch(() => runHere(lane, id));
    },
    close: async () => void (await Promise.all(Object.values(lanes).flatMap((running) => [...running]))),
  };
}

interface Looking {
  readonly look: (bookId: string | null) => void;
  close(): Promise<void>;
}

/** One sweep at a time, each for all books that were announced since the one before. */
function startLooking({ db, log }: WorkDeps, hand: HandOver): Looking {
  const books = new Set<string>();
  let isAll = false;
  let running: Promise<void> | null = null;
  const lookOn = async () => {
    while (isAll || books.size > 0) {
      await sleep(gatherMs);
      const scope: LeaseScope = isAll ? null : { bookIds: [...books] };
      isAll = false;
      books.clear();
      const waiting = await claimWaiting(db, scope, maxAtOnce);
      await Promise.all(waiting.map((subscription) => hand.over(subscription)));
    }
  };
  return {
    look: (bookId) => {
      if (bookId === null) isAll = true;
      else books.add(bookId);
      running ??= lookOn()
        .catch((error: unknown) => {
          const entry = { fault: describeFault(error) };
          log.warn(entry, "The sweep for due webhooks failed and will be retried");
        })
        .finally(() => {
          running = null;
        });
    },
    close: async () => void (await running),
  };
}

async function trim({ db, log }: WorkDeps): Promise<void> {
  try {
    const trimmed = await trimDeliveries(db);
    if (trimmed > 0) log.info({ trimmed }, `Removed ${trimmed} old deliveries from the log`);
  } catch (error) {
    log.warn({ fault: describeFault(error) }, "Old deliveries could not be removed; the next trim retries");
  }
}
