import { setTimeout as sleep } from "node:timers/promises";
import { describeFault } from "../fault.ts";
import { openQueueWorker } from "../queue/queue.ts";
import { queueName } from "../queue/queues.ts";
import { trimDeliveries } from "../store/deliveries.ts";
import {
  leaseSubscription,
  planNext,
  releaseLease,
  takeWaiting,
  type Which,
} from "../store/subscription-lease.ts";
import { type DeliverDeps, deliver } from "./deliver.ts";
import type { Work, WorkDeps } from "./work.ts";

/** Subscriptions of one process at a time: a receiver that hangs holds one of these places, and only now and then. */
const concurrency = 32;
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
  const hand = handOver(deps, (id) => sendFor(sending, hand, id));
  const worker = await openQueueWorker({
    ...connection,
    log,
    concurrency,
    name: queueName("webhooks", prefix),
    process: async (ids) => void (await Promise.all(ids.map((id) => sendFor(sending, hand, id)))),
  });
  const looking = startLooking(deps, hand);
  const stopListening = signal.listen(looking.look);
  const trimming = setInterval(() => void trim(deps), trimEveryMs);
  return {
    async close() {
      closing.abort();
      stopListening();
      clearInterval(trimming);
      const cutting = setTimeout(() => cut.abort(), patienceMs);
      await Promise.all([worker.close(), looking.close(), hand.close()]);
      clearTimeout(cutting);
    },
  };
}

type Sending = DeliverDeps & Pick<WorkDeps, "queues">;

/** One run for one subscription, and what has to come after it. */
async function sendFor(deps: Sending, hand: HandOver, id: string): Promise<void> {
  const { db, closing, log } = deps;
  if (closing.aborted) return;
  const subscription = await leaseSubscription(db, id);
  if (subscription === null) return;
  try {
    await deliver(deps, subscription);
  } finally {
    await releaseLease(db, subscription);
  }
  // What came while the subscription was still ours, nobody else could take.
  const isWaiting = (await takeWaiting(db, { id }, 1)).length > 0;
  if (isWaiting) return hand.over(id);
  const ms = await planNext(db, id);
  const planned = ms === null ? null : deps.queues.webhooks.add([id], ms);
  await planned?.catch(() => log.debug({ subscriptionId: id }, "A retry is left to the regular look"));
}

interface HandOver {
  over(id: string): Promise<void>;
  close(): Promise<void>;
}

/** A job for a subscription, or, while the queue is away, a run in this process. */
function handOver({ queues, log }: WorkDeps, run: (id: string) => Promise<void>): HandOver {
  const running = new Set<Promise<void>>();
  const runHere = (id: string) => {
    // What finds no place now is found again by the next look.
    if (running.size >= concurrencyWithoutQueue) return;
    const ended = run(id)
      .catch((error: unknown) => {
        const entry = { subscriptionId: id, fault: describeFault(error) };
        log.warn(entry, `Sending for subscription ${id} did not get through and is tried again`);
      })
      .finally(() => running.delete(ended));
    running.add(ended);
  };
  return {
    over: (id) => queues.webhooks.add([id]).catch(() => runHere(id)),
    close: async () => void (await Promise.all(running)),
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
      const ids = await takeWaiting(db, which, mostAtOnce);
      await Promise.all(ids.map((id) => hand.over(id)));
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
