import { isDatabaseAway } from "../faults/database-away.ts";
import { describeFault } from "../faults/fault.ts";
import { openQueueWorker } from "../queue/queue.ts";
import { queueName } from "../queue/queues.ts";
import { findBooksOf, leasePending, type PendingEvent, recordFailure } from "../store/events/pending.ts";
import { applyBatch, type BatchResult } from "../store/fold/apply.ts";
import { noTracing, type Tracing } from "../telemetry/tracing.ts";
import { regularly } from "./regularly.ts";
import type { Work, WorkDeps } from "./work.ts";

type EventDeps = Pick<WorkDeps, "db" | "metrics" | "log"> & { readonly tracing: Tracing };

/** Most events that one sweep takes. */
const sweepSize = 1000;

/** The sweep leaves younger events to the queue. */
const queueGraceSeconds = 5;

/** Other pending events of the book that a job takes along: under load one batch does the work of many jobs. */
const catchUp = 500;

/** Concurrent jobs of one process; jobs of one book wait for each other in PostgreSQL. */
const concurrency = 4;

/** Decides the events that the queue delivers, and sweeps for those that it lost. */
export async function startEvents({
  db,
  connection,
  prefix,
  metrics,
  tracing = noTracing,
  log,
  sweepEverySeconds,
}: WorkDeps): Promise<Work> {
  const deps = { db, metrics, tracing, log };
  const process = (eventIds: readonly string[]) => decideEvents(deps, eventIds);
  const name = queueName("events", prefix);
  const worker = await openQueueWorker({ ...connection, log, name, process, concurrency });
  const sweep = startSweep(deps, { everySeconds: sweepEverySeconds, graceSeconds: queueGraceSeconds });
  return {
    async close() {
      await Promise.all([worker.close(), sweep.close()]);
    },
  };
}

/**
 * Decides the events of a job, one transaction per book. Throws if the database is away, so that the queue retries
 * the job. An event that fails by itself is set aside, and the others are decided.
 */
export async function decideEvents(deps: EventDeps, eventIds: readonly string[]): Promise<void> {
  await decideByBook(deps, await findBooksOf(deps.db, eventIds));
}

async function decideByBook(deps: EventDeps, events: readonly PendingEvent[]): Promise<void> {
  for (const [bookId, ofBook] of Map.groupBy(events, (event) => event.bookId)) {
    const ids = ofBook.map(({ id }) => id);
    await decideTogether(deps, bookId, ids, catchUp);
  }
}

/** A batch that fails is retried without `others`, then split until the bad event is alone. */
async function decideTogether(
  deps: EventDeps,
  bookId: string,
  ids: readonly string[],
  others = 0,
): Promise<void> {
  try {
    await deps.tracing.span("decide events", {}, async (span) => {
      const timer = deps.metrics.applySeconds.startTimer();
      const result = await applyBatch(deps.db, bookId, ids, { catchUp: others });
      timer();
      span.noteEvents(result.decided.map(({ id }) => id));
      if (result.decided.length > 0) logBatch(deps, bookId, result);
    });
  } catch (error) {
    const [only] = ids;
    if (isDatabaseAway(error) || only === undefined) throw error;
    if (others > 0) return decideTogether(deps, bookId, ids);
    if (ids.length === 1) return setAside(deps, only, error);
    const middle = Math.floor(ids.length / 2);
    await decideTogether(deps, bookId, ids.slice(0, middle));
    await decideTogether(deps, bookId, ids.slice(middle));
  }
}

function logBatch(
  { metrics, log }: EventDeps,
  bookId: string,
  { book, decided, changes }: BatchResult,
): void {
  metrics.batchEvents.observe(decided.length);
  for (const { source, verdict, waitedSeconds } of decided) {
    metrics.decided.inc({ ...metrics.labelsOf(book, source), verdict });
    metrics.waitSeconds.observe(waitedSeconds);
  }
  const entry = { bookId, eventIds: decided.map(({ id }) => id), changes };
  log.info(entry, `Decided ${decided.length} events, which made ${changes} changes`);
}

async function setAside({ db, metrics, log }: EventDeps, eventId: string, error: unknown): Promise<void> {
  const failure = await recordFailure(db, eventId, error instanceof Error ? error.message : String(error));
  const entry = { eventId, fault: describeFault(error) };
  if (failure?.isFinal === true) {
    metrics.decided.inc({ ...metrics.labelsOf(failure.book, failure.source), verdict: "failed" });
    log.error(entry, `Event ${eventId} failed and will not be retried`);
  } else {
    metrics.retried.inc();
    log.warn(entry, `Event ${eventId} could not be decided and will be retried`);
  }
}

/** Decides events that stayed pending: a queue may lose its jobs, PostgreSQL may not. */
export function startSweep(
  deps: EventDeps,
  { everySeconds, graceSeconds }: { readonly everySeconds: number; readonly graceSeconds: number },
): Work {
  return regularly(everySeconds * 1000, async (closing) => {
    try {
      let found = 0;
      do found = await sweepOnce(deps, graceSeconds);
      while (
        // After a full sweep there may be more.
        found === sweepSize &&
        !closing.aborted
      );
    } catch (error) {
      const entry = { fault: describeFault(error) };
      deps.log.warn(entry, "The sweep for pending events failed and will be retried");
    }
  });
}

/** Returns how many events it found. */
async function sweepOnce(deps: EventDeps, graceSeconds: number): Promise<number> {
  const events = await leasePending(deps.db, { limit: sweepSize, graceSeconds });
  if (events.length > 0) {
    deps.log.info({ events: events.length }, `Swept up ${events.length} pending events`);
    await deps.tracing.span("sweep events", { parent: null }, () => decideByBook(deps, events));
  }
  return events.length;
}
