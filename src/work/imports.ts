import { isDatabaseAway } from "../faults/database-away.ts";
import { describeFault } from "../faults/fault.ts";
import { openQueueWorker } from "../queue/queue.ts";
import { queueName } from "../queue/queues.ts";
import { applyRows, rejectNextRow } from "../store/imports/apply.ts";
import { checkBatch } from "../store/imports/check.ts";
import type { ImportRecord } from "../store/imports/imports.ts";
import {
  findBrokenUploads,
  findIdleImports,
  findWork,
  leaseImport,
  releaseImport,
} from "../store/imports/job.ts";
import { failReceiving, uploadInterrupted } from "../store/imports/staging.ts";
import { trimImportRows } from "../store/imports/trim.ts";
import { skipNextUndo, undoRows } from "../store/imports/undo.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { regularly } from "./regularly.ts";
import type { Work, WorkDeps } from "./work.ts";

interface ImportDeps extends Pick<WorkDeps, "db" | "log"> {
  readonly metrics: Pick<Metrics, "importRows">;
  /** Aborted when the process stops: the current batch is the last one. */
  readonly signal: AbortSignal;
}

/** Rows in one transaction. They keep the book's lock for well below a second. */
const batchSize = 1000;

/** Concurrent imports of one process. */
const concurrency = 2;

/** Runs the imports that the queue delivers, and those that it or another worker lost. */
export async function startImports({
  db,
  connection,
  prefix,
  metrics,
  log,
  sweepEverySeconds,
}: WorkDeps): Promise<Work> {
  const closing = new AbortController();
  const deps = { db, metrics, log, signal: closing.signal };
  const process = async (ids: readonly string[]) => {
    for (const id of ids) await workOnImport(deps, id);
  };
  const name = queueName("imports", prefix);
  const worker = await openQueueWorker({ ...connection, log, name, process, concurrency });
  const sweep = startSweep(deps, sweepEverySeconds);
  return {
    async close() {
      closing.abort();
      await Promise.all([worker.close(), sweep.close()]);
    },
  };
}

/**
 * Runs an import as far as it can go, batch by batch, unless another worker has it. Its state in PostgreSQL names the
 * next step, so any worker can resume it anywhere. Throws if the database is away.
 */
export async function workOnImport(deps: ImportDeps, importId: string): Promise<void> {
  const { db, log, signal } = deps;
  let job = await leaseImport(db, importId);
  if (job === null) return;
  try {
    for (let size = batchSize; job !== null && !signal.aborted; job = await findWork(db, importId)) {
      size = await stepOrSplit(deps, job, size);
    }
  } finally {
    await releaseImport(db, importId);
  }
  if (job === null) log.info({ importId }, `Import ${importId} has ended or waits for a decision`);
}

/** Runs one batch and returns the size of the next. A batch that fails is halved until the bad row is alone. */
async function stepOrSplit(deps: ImportDeps, job: ImportRecord, size: number): Promise<number> {
  try {
    await step(deps, job, size);
    return Math.min(batchSize, size * 2);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    if (size > 1) return Math.floor(size / 2);
    const entry = { importId: job.id, fault: describeFault(error) };
    deps.log.error(entry, `A row of import ${job.id} failed and is skipped`);
    if (!(await setAside(deps, job))) throw error;
    return size;
  }
}

async function step({ db, metrics }: ImportDeps, job: ImportRecord, size: number): Promise<void> {
  switch (job.state) {
    case "checking":
      return checkBatch(db, job.id, size);
    case "applying":
      for (const { outcome } of await applyRows(db, job, size)) metrics.importRows.inc({ outcome });
      return;
    case "undoing":
      return undoRows(db, job, size);
    case "receiving":
    case "checked":
    case "stopped":
    case "done":
    case "failed":
    case "undone":
      throw new TypeError(`Import ${job.id} is ${job.state}: there is nothing to do`);
  }
}

/** False if there is no row to set aside. */
async function setAside({ db }: ImportDeps, job: ImportRecord): Promise<boolean> {
  if (job.state === "undoing") return skipNextUndo(db, job);
  return job.state === "checking" || job.state === "applying" ? rejectNextRow(db, job, job.state) : false;
}

/** Most imports that one sweep finds, and that it runs at a time. */
const sweepSize = 4;

/** Deletes at most 10,000 expired rows per sweep; after a smaller batch, waits an hour. */
const trimSize = 10_000;
const trimEveryMs = 3_600_000;

function startSweep(deps: ImportDeps, everySeconds: number): Work {
  const running = new Map<string, Promise<void>>();
  let trimAt = 0;
  const looking = regularly(everySeconds * 1000, look);

  async function look(): Promise<void> {
    if (deps.signal.aborted) return;
    try {
      for (const id of await findBrokenUploads(deps.db, sweepSize)) {
        await failReceiving(deps.db, id, uploadInterrupted);
      }
      for (const id of await findIdleImports(deps.db, sweepSize)) {
        if (running.size < sweepSize && !running.has(id)) running.set(id, goOn(id));
      }
      if (Date.now() >= trimAt && (await trimImportRows(deps.db, trimSize)) < trimSize) {
        trimAt = Date.now() + trimEveryMs;
      }
    } catch (error) {
      logFault(error, "The sweep for waiting imports failed and will be retried");
    }
  }

  async function goOn(id: string): Promise<void> {
    try {
      await workOnImport(deps, id);
    } catch (error) {
      logFault(error, `Import ${id} was interrupted and will be resumed`);
    } finally {
      running.delete(id);
    }
  }

  const logFault = (error: unknown, what: string) => deps.log.warn({ fault: describeFault(error) }, what);

  return {
    async close() {
      await looking.close();
      await Promise.all(running.values());
    },
  };
}
