import type { Logger } from "pino";
import { isDatabaseAway } from "../faults/database-away.ts";
import { describeFault } from "../faults/fault.ts";
import { openQueueWorker } from "../queue/queue.ts";
import { queueName } from "../queue/queues.ts";
import type { Database } from "../store/client.ts";
import { applyRows, setRowAside } from "../store/imports/apply.ts";
import { checkBatch } from "../store/imports/check.ts";
import type { ImportRecord } from "../store/imports/imports.ts";
import {
  findBrokenUploads,
  findIdleImports,
  findWork,
  leaseImport,
  releaseImport,
} from "../store/imports/job.ts";
import { failReceiving } from "../store/imports/staging.ts";
import { trimImportRows } from "../store/imports/trim.ts";
import { setUndoAside, undoRows } from "../store/imports/undo.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Work, WorkDeps } from "./work.ts";

export interface ImportDeps {
  readonly db: Database;
  readonly metrics: Pick<Metrics, "importRows">;
  readonly log: Logger;
  /** Aborted when the process ends: the batch at hand is the last one. */
  readonly signal: AbortSignal;
}

/** Rows in one transaction: as many as keep the book's lock for well below a second. */
const batchSize = 1000;

/** Imports of one process at a time. */
const concurrency = 2;

/** Works on imports as the queue brings them, and on those that it or another worker lost. */
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
 * Takes an import as far as it goes, batch by batch, unless another worker has it. Its state in PostgreSQL says what
 * comes next, so it can be left anywhere and taken up by anybody. Throws where the database is away.
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
  if (job === null) log.info({ importId }, `Import ${importId} came to where it ends or waits`);
}

/** One batch. One that fails is tried again in halves, until the row at fault stands alone. Gives the next size. */
async function stepOrSplit(deps: ImportDeps, job: ImportRecord, size: number): Promise<number> {
  try {
    await step(deps, job, size);
    return Math.min(batchSize, size * 2);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    if (size > 1) return size >> 1;
    const entry = { importId: job.id, fault: describeFault(error) };
    deps.log.error(entry, `A row of import ${job.id} could not be taken and is left out`);
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

/** False where there is no row that could be at fault. */
async function setAside({ db }: ImportDeps, job: ImportRecord): Promise<boolean> {
  if (job.state === "undoing") return setUndoAside(db, job);
  return job.state === "checking" || job.state === "applying" ? setRowAside(db, job, job.state) : false;
}

/** At most this many are found in one look, and worked on at a time. */
const sweepSize = 4;

/** Rows that are no longer kept: so many are deleted in one look, and where there were fewer, it is for an hour. */
const trimSize = 10_000;
const trimEveryMs = 3_600_000;

function startSweep(deps: ImportDeps, everySeconds: number): Work {
  const running = new Map<string, Promise<void>>();
  let trimAt = 0;
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, everySeconds * 1000);

  async function look(): Promise<void> {
    if (deps.signal.aborted) return;
    try {
      for (const id of await findBrokenUploads(deps.db, sweepSize)) {
        await failReceiving(deps.db, id, "The upload broke off: nothing of it was applied");
      }
      for (const id of await findIdleImports(deps.db, sweepSize)) {
        if (running.size < sweepSize && !running.has(id)) running.set(id, goOn(id));
      }
      if (Date.now() >= trimAt && (await trimImportRows(deps.db, trimSize)) < trimSize) {
        trimAt = Date.now() + trimEveryMs;
      }
    } catch (error) {
      tell(error, "The look for imports that wait did not get through and is tried again");
    }
  }

  async function goOn(id: string): Promise<void> {
    try {
      await workOnImport(deps, id);
    } catch (error) {
      tell(error, `Import ${id} was interrupted and is taken up again`);
    } finally {
      running.delete(id);
    }
  }

  const tell = (error: unknown, what: string) => deps.log.warn({ fault: describeFault(error) }, what);

  return {
    async close() {
      clearInterval(timer);
      await looking;
      await Promise.all(running.values());
    },
  };
}
