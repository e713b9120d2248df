import { setTimeout as sleep } from "node:timers/promises";
import { describeFault } from "../faults/fault.ts";
import { openQueueWorker } from "../queue/queue.ts";
import { queueName } from "../queue/queues.ts";
import { trimDeliveries } from "../store/subscriptions/deliveries.ts";
import {
  leaseSubscription,
  planNext,
  releaseLease,
  takeWaiting,
  type WaitingSubscription,
  type Which,
} from "../store/subscriptions/lease.ts";
import { type DeliverDeps, deliver } from "./deliver.ts";
import type { Work, WorkDeps } from "./work.ts";

/**
 * Subscriptions of one process at a time. Those whose endpoint failed last time have places of their own: however many
 * receivers hang, they hold up each other and nobody else.
 */
const concurrency = { webhooks: 32, webhookRetries: 16 } as const;
type Lane = keyof typeof concurrency;
const laneOf = ({ isFailing }: WaitingSubscription): Lane => (isFailing ? "webhookRetries" : "webhooks");
/** Of those that are sent for without a job, while the queue is away. */
const concurrencyWithoutQueue = 8;
/** Changes that are announced within this time are looked at together. */
const gatherMs = 20;
const mostAtOnce = 500;
/** How long what is under way has after the stop began. */
const patienceMs = 3_000;
const trimEveryMs = 10 * 60_000;

/** Delivers to subscriptions: woken by changes, by the queue, and by regular looks for what both have lost. */
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

/** One run for one subscription, and what has to come after it. */
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
  // What came while the subscription was still ours, nobody else could take.
  const [waiting] = await takeWaiting(db, { id }, 1);
  if (waiting !== undefined) return hand.over(waiting);
  const planned = await planNext(db, id);
  const added = planned === null ? null : queues[laneOf(planned)].add([id], planned.inMs);
  await added?.catch(() => log.debug({ subscriptionId: id }, "A retry is left to the regular look"));
}

interface HandOver {
  over(subscription: WaitingSubscription): Promise<void>;
  close(): Promise<void>;
}

/** A job for a subscription, or, while the queue is away, a run in this process. */
function handOver({ queues, log }: WorkDeps, run: (lane: Lane, id: string) => Promise<void>): HandOver {
  const lanes = { webhooks: new Set<Promise<void>>(), webhookRetries: new Set<Promise<void>>() };
  const runHere = (lane: Lane, id: string) => {
    const running = lanes[lane];
    // What finds no place now is found again by the next look.
    if (running.size >= concurrencyWithoutQueue) return;
    const ended = run(lane, id)
      .catch((error: unknown) => {
        const entry = { subscriptionId: id, fault: describeFault(error) };
        log.warn(entry, `Sending for subscription ${id} did not get through and is tried again`);
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

/** One look at a time, each for all books that were announced since the one before. */
function startLooking({ db, log }: WorkDeps, hand: HandOver): Looking {
  const books = new Set<string>();
  let isAll = false;
  let running: Promise<void> | null = null;
  const lookOn = async () => {
    while (isAll || books.size > 0) {
      await sleep(gatherMs);
      const which: Which = isAll ? null : { bookIds: [...books] };
      isAll = false;
      books.clear();
      const waiting = await takeWaiting(db, which, mostAtOnce);
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
          log.warn(entry, "The look for webhooks to send did not get through and is tried again");
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
    log.warn({ fault: describeFault(error) }, "Old deliveries could not be removed and are tried again");
  }
}
