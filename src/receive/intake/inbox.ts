import type { FastifyBaseLogger } from "fastify";
import { isDatabaseAway } from "../../faults/database-away.ts";
import { Problem } from "../../http/problem.ts";
import { type Queue, ring } from "../../queue/queue.ts";
import type { Database } from "../../store/client.ts";
import { type NewEvent, type Receipt, storeEvents } from "../../store/events/inbox.ts";
import { noTracing, type OpenSpan, type Tracing } from "../../telemetry/tracing.ts";

/** Takes events, and resolves when they are in Postgres. */
export interface Inbox {
  take(events: readonly NewEvent[]): Promise<readonly Receipt[]>;
}

interface Waiting {
  readonly events: readonly NewEvent[];
  /** The log of the waiting request. */
  readonly span: OpenSpan;
  readonly resolve: (receipts: readonly Receipt[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Most characters of raw reports that wait for the database. Beyond it, requests are refused and PBXs retry. */
const maxWaiting = 64 * 1024 * 1024;

/** Most events in one insert and one job (one request brings at most 1,000). */
const batchSize = 1000;

/**
 * Requests that arrive while an insert runs share the next insert and its job: an idle service makes one insert for each
 * webhook, and under load the cost per event falls. A request that breaks an insert does not fail the others. While the
 * queue is away, events only wait longer: the sweep of the workers finds them.
 */
export function buildInbox({
  db,
  queue,
  log,
  tracing = noTracing,
}: {
  db: Database;
  queue: Queue;
  log: FastifyBaseLogger;
  tracing?: Tracing;
}): Inbox {
  const waiting: Waiting[] = [];
  let waitingSize = 0;
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      await storeTogether(batch);
      for (const { events } of batch) waitingSize -= sizeOf(events);
    }
    isRunning = false;
  }

  async function storeTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const receipts = await storeAndAnnounce(batch);
      let start = 0;
      for (const { events, resolve } of batch) {
        resolve(receipts.slice(start, start + events.length));
        start += events.length;
      }
    } catch (error) {
      if (batch.length === 1 || isDatabaseAway(error)) for (const { reject } of batch) reject(error);
      else for (const alone of batch) await storeTogether([alone]);
    }
  }

  /** Runs in the trace of the first request. The other requests, which share the insert and the job, link to it. */
  function storeAndAnnounce(batch: readonly Waiting[]): Promise<readonly Receipt[]> {
    const [parent, ...others] = batch.map(({ span }) => span);
    return tracing.span("store events", { parent, links: others }, async (span) => {
      for (const other of others) other.link(span);
      const receipts = await storeEvents(
        db,
        batch.flatMap(({ events }) => events),
      );
      const ids = receipts.filter(({ state }) => state === "accepted").map(({ id }) => id);
      span.noteEvents(ids);
      if (ids.length > 0) ring(queue, ids, log);
      return receipts;
    });
  }

  return {
    take: (events) =>
      tracing.span("hand in events", {}, async (span) => {
        const { promise, resolve, reject } = Promise.withResolvers<readonly Receipt[]>();
        const size = sizeOf(events);
        if (waitingSize + size > maxWaiting) throw tooMuchWaits();
        waitingSize += size;
        waiting.push({ events, span, resolve, reject });
        if (!isRunning) void run();
        return promise;
      }),
  };
}

const sizeOf = (events: readonly NewEvent[]): number => events.reduce((sum, { raw }) => sum + raw.length, 0);

function tooMuchWaits(): Problem {
  const detail = "The database is slower than what comes in. Nothing was taken: try again";
  return new Problem("database-away", detail, { headers: { "retry-after": "5" } });
}

/** The first waiting requests: at least one, and together at most one batch. */
function takeBatch(waiting: Waiting[]): readonly Waiting[] {
  let size = 0;
  const end = waiting.findIndex(({ events }, i) => {
    size += events.length;
    return i > 0 && size > batchSize;
  });
  return waiting.splice(0, end === -1 ? waiting.length : end);
}
