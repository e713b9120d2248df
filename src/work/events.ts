import type { Logger } from "pino";
import { isDatabaseAway } from "../faults/database-away.ts";
import { describeFault } from "../faults/fault.ts";
import { openQueueWorker } from "../queue/queue.ts";
import { queueName } from "../queue/queues.ts";
import type { Database } from "../store/client.ts";
import { findBooksOf, leasePending, type PendingEvent, recordFailure } from "../store/events/pending.ts";
import { applyBatch, type BatchResult } from "../store/fold/apply.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { noTracing, type Tracing } from "../telemetry/tracing.ts";
import type { WorkDeps } from "./work.ts";

interface Deps {
  readonly db: Database;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly log: Logger;
}

/** At most this many events are swept up at a time. */
const sweepSize = 1000;

/** How long the queue has for an event before the sweep takes it. */
const queueGraceSeconds = 5;

/** A job takes so many events along that wait in its book: under load one large batch does the work of many jobs. */
const catchUp = 500;

/** Jobs of one process at a time; those of one book wait for each other in Postgres. */
const concurrency = 4;

/** Decides events as the queue brings them, and sweeps up what it lost. */
export async function startEvents({
  db,
  connection,
  prefix,
  metrics,
  tracing = noTracing,
  log,
  sweepEverySeconds,
}: WorkDeps): Promise<{ close(): Promise<void> }> {
  const deps = { db, metrics, tracing, log };
  const process = (eventIds: readonly string[]) => decideEvents(deps, eventIds);
  const name = queueName("events", prefix);
  const worker = await openQueueWorker({ ...connection, log, name, process, concurrency });
  const sweep = startSweep(deps, {
    everySeconds: sweepEverySeconds,
    graceSeconds: queueGraceSeconds,
  });
  return {
    async close() {
      await Promise.all([worker.close(), sweep.close()]);
    },
  };
}

/**
 * Decides the events of a job, one transaction a book. Throws where the database is away, so that the queue tries the
 * job again; an event that is at fault itself is set aside and its neighbours are decided.
 */
export async function decideEvents(deps: Deps, eventIds: readonly string[]): Promise<void> {
  await decideByBook(deps, await findBooksOf(deps.db, eventIds));
}

async function decideByBook(deps: Deps, events: readonly PendingEvent[]): Promise<void> {
  for (const [bookId, ofBook] of Map.groupBy(events, (event) => event.bookId)) {
    const ids = ofBook.map(({ id }) => id);
    await decideTogether(deps, bookId, ids, catchUp);
  }
}

/** A batch that fails is tried without others, and then split until the one bad event stands alone. */
async function decideTogether(deps: Deps, bookId: string, ids: readonly string[], others = 0): Promise<void> {
  try {
    await deps.tracing.span("decide events", {}, async (span) => {
      const timer = deps.metrics.applySeconds.startTimer();
      const result = await applyBatch(deps.db, bookId, ids, { catchUp: others });
      timer();
      span.noteEvents(result.decided.map(({ id }) => id));
      if (result.decided.length > 0) tell(deps, bookId, result);
    });
  } catch (error) {
    const [only] = ids;
    if (isDatabaseAway(error) || only === undefined) throw error;
    if (others > 0) return decideTogether(deps, bookId, ids);
    if (ids.length === 1) return setAside(deps, only, error);
    const middle = ids.length >> 1;
    await decideTogether(deps, bookId, ids.slice(0, middle));
    await decideTogether(deps, bookId, ids.slice(middle));
  }
}

function tell({ metrics, log }: Deps, bookId: string, { book, decided, changes }: BatchResult): void {
  metrics.batchEvents.observe(decided.length);
  for (const { source, verdict, waitedSeconds } of decided) {
    metrics.decided.inc({ ...metrics.labelsOf(book, source), verdict });
    metrics.waitSeconds.observe(waitedSeconds);
  }
  const entry = { bookId, eventIds: decided.map(({ id }) => id), changes };
  log.info(entry, `Decided ${decided.length} events, which made ${changes} changes`);
}

async function setAside({ db, metrics, log }: Deps, eventId: string, error: unknown): Promise<void> {
  const failure = await recordFailure(db, eventId, error instanceof Error ? error.message : String(error));
  const entry = { eventId, fault: describeFault(error) };
  if (failure?.isFinal === true) {
    metrics.decided.inc({ ...metrics.labelsOf(failure.book, failure.source), verdict: "failed" });
    log.error(entry, `Event ${eventId} failed for good`);
  } else {
    metrics.retried.inc();
    log.warn(entry, `Event ${eventId} could not be decided and is tried again`);
  }
}

export interface SweepOptions {
  readonly everySeconds: number;
  readonly graceSeconds: number;
}

/**
 * Looks from time to time for events that stayed pending, since a queue may lose its jobs and Postgres may not. Runs
 * once at once; `close` waits for the sweep that is running.
 */
export function startSweep(
  deps: Deps,
  { everySeconds, graceSeconds }: SweepOptions,
): { close(): Promise<void> } {
  let isClosed = false;
  let running = sweep();
  const timer = setInterval(() => {
    running = running.then(() => (isClosed ? undefined : sweep()));
  }, everySeconds * 1000);

  async function sweep(): Promise<void> {
    try {
      const events = await leasePending(deps.db, { limit: sweepSize, graceSeconds });
      if (events.length > 0)
        deps.log.info({ events: events.length }, `Swept up ${events.length} pending events`);
      if (events.length > 0)
        await deps.tracing.span("sweep events", { parent: null }, () => decideByBook(deps, events));
      // A full sweep is not the last one.
      if (events.length === sweepSize && !isClosed) await sweep();
    } catch (error) {
      const entry = { fault: describeFault(error) };
      deps.log.warn(entry, "The sweep for pending events did not get through and is tried again");
    }
  }

  return {
    async close() {
      isClosed = true;
      clearInterval(timer);
      await running;
    },
  };
}
