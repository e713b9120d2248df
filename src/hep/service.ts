import type { Logger } from "pino";
import type { HepSettings } from "../config/config.ts";
import { isDatabaseAway } from "../faults/database-away.ts";
import { describeFault } from "../faults/fault.ts";
import { StartError } from "../faults/start-error.ts";
import type { Caller } from "../http/auth.ts";
import { Problem } from "../http/problem.ts";
import type { Inbox } from "../receive/intake/inbox.ts";
import { receive } from "../receive/intake/intake.ts";
import { openSource } from "../sources/book-sources.ts";
import { findBook } from "../store/books.ts";
import type { Database } from "../store/client.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { BranchOutcome } from "./calls/branch-outcome.ts";
import type { Loss } from "./calls/transactions.ts";
import { type Fate, openCollector } from "./collector.ts";
import { readKernelDrops } from "./kernel-drops.ts";
import { listenForHep } from "./listen.ts";
import { allowPeers } from "./peers.ts";
import { validateOutcome } from "./report.ts";
import { openSink } from "./sink.ts";

export interface HepDeps {
  readonly db: Database;
  readonly inbox: Inbox;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly config: HepSettings;
}

export interface HepService {
  readonly port: number;
  close(): Promise<void>;
}

/** How often outcomes that are due are stored. */
const tickMs = 100;
/** How often we read the kernel's drops and log losses. */
const checkLossesMs = 5_000;
const maxCloseMs = 5_000;

/** Receives the SIP that capture agents mirror, and stores how calls ended. Throws StartError if it cannot start. */
export async function startHep(deps: HepDeps): Promise<HepService> {
  const { db, metrics, log, config } = deps;
  await findCaller(db, config);
  const losses = countLosses(metrics, log);
  const collector = openCollector({ key: config.key, onLoss: (loss) => losses.leaveOut(loss) });
  const sink = openSink({
    store: (outcomes) => store(deps, outcomes),
    onDrop: (count) => losses.drop("inbox-full", count),
    onTrouble: (error) =>
      log.warn({ fault: describeFault(error) }, "Outcomes of calls wait for the database"),
  });
  const listener = await listenForHep({
    host: config.host,
    port: config.port,
    peers: allowPeers(config.peers),
    take: (bytes) => losses.fate(collector.take(bytes, performance.now())),
    onFate: (fate) => losses.fate(fate),
  });
  const ticking = setInterval(() => {
    sink.add(collector.due(performance.now()));
    metrics.hepHops.set(collector.hops);
  }, tickMs);
  const checkLosses = followLosses(losses, listener.port);
  const checking = setInterval(() => void checkLosses(), checkLossesMs);
  log.info({ port: listener.port, bufferBytes: listener.bufferBytes }, "Taking HEP by UDP and TCP");
  return {
    port: listener.port,
    async close() {
      await checkLosses();
      await listener.close();
      clearInterval(ticking);
      clearInterval(checking);
      sink.add(collector.end());
      await sink.close(maxCloseMs);
    },
  };
}

/** Each call adds what the kernel dropped since the call before, and logs the losses. */
function followLosses(losses: ReturnType<typeof countLosses>, port: number): () => Promise<void> {
  let kernelDrops = 0;
  return async () => {
    const found = (await readKernelDrops(port)) ?? 0;
    if (found > kernelDrops) losses.drop("kernel", found - kernelDrops);
    kernelDrops = found;
    losses.log();
  };
}

/** Counts every loss for Prometheus, and logs those that an operator can do something about. */
function countLosses(metrics: Metrics, log: Logger) {
  const unlogged = new Map<string, number>();
  const note = (reason: string, count: number) => unlogged.set(reason, (unlogged.get(reason) ?? 0) + count);
  return {
    fate(fate: Fate): void {
      metrics.hepPackets.inc({ fate });
      if (fate !== "taken" && fate !== "not-a-call" && fate !== "not-sip") note(fate, 1);
    },
    drop(reason: string, count: number): void {
      metrics.hepDropped.inc({ reason }, count);
      note(reason, count);
    },
    leaveOut(loss: Loss): void {
      metrics.hepLeftOut.inc({ reason: loss });
      if (loss === "let-go" || loss === "too-many-branches") note(loss, 1);
    },
    log(): void {
      if (unlogged.size === 0) return;
      log.warn(
        { lost: Object.fromEntries(unlogged) },
        "Mirrored SIP was lost; docs/pbx/hep.md explains each reason",
      );
      unlogged.clear();
    },
  };
}

/** The caller that outcomes are stored for: the source itself, since HEP carries no API key. */
async function findCaller(db: Database, { book: name, source }: HepSettings): Promise<Caller> {
  const book = await findBook(db, name);
  if (book === null) throw new StartError(`HEP_BOOK: the book ${name} was not found`);
  const row = await openSource(db, book.id, source);
  if (row === null) throw new StartError(`HEP_SOURCE: the book ${name} has no source ${source}`);
  if (row.dialect !== "hep") {
    throw new StartError(`HEP_SOURCE: the source ${source} has the dialect ${row.dialect}, not hep`);
  }
  return { book, key: { id: row.id, name: source, scopes: ["ingest"], sourceId: row.id } };
}

/** Rejects if a retry may succeed. One outcome that cannot be stored does not stop the others. */
async function store(deps: HepDeps, outcomes: readonly BranchOutcome[]): Promise<void> {
  const { db, metrics, log, config } = deps;
  try {
    const caller = await findCaller(db, config);
    const validations = outcomes.map((outcome) => validateOutcome(outcome, config.source));
    await receive(deps, caller, validations, config.source);
  } catch (error) {
    if (mayRetry(error)) throw error;
    if (outcomes.length > 1) {
      for (const outcome of outcomes) await store(deps, [outcome]);
      return;
    }
    metrics.hepDropped.inc({ reason: "fault" });
    log.error(
      { fault: describeFault(error) },
      "The outcome of a call could not be stored: this is a bug in sipbook",
    );
  }
}

const mayRetry = (error: unknown): boolean =>
  isDatabaseAway(error) ||
  (error instanceof Problem && (error.type === "source-paused" || error.type === "database-away"));
