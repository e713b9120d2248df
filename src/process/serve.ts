import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { describeFault } from "../faults/fault.ts";
import { StartError } from "../faults/start-error.ts";
import type { HepDeps, HepService } from "../hep/service.ts";
import { openEmbedded } from "../postgres/embedded.ts";
import { openQueues, type Queues } from "../queue/queues.ts";
import { buildInbox } from "../receive/intake/inbox.ts";
import { type Database, openDatabase } from "../store/client.ts";
import { type FeedSignal, openFeedSignal } from "../store/feed/signal.ts";
import { checkMigrated, migrate } from "../store/migrate/migrate.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { buildMetrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { buildOutbound, type Outbound } from "../webhooks/outbound.ts";
import type { Work, WorkDeps } from "../work/work.ts";
import { type AdminKey, prepareAdminKey } from "./admin-key.ts";
import { closeApp, listen } from "./listen.ts";
import type { OpsDeps } from "./ops-app.ts";

/** `serve` is everything in one process; `api` and `worker` are the two halves of a fleet, `hep` an intake beside them. */
export type Role = "serve" | "api" | "worker" | "hep";

/** What the process is made of, given so that its start and stop can be tested without it. */
export interface Parts {
  readonly buildApp: (deps: AppDeps) => Promise<FastifyInstance>;
  readonly startWorker: (deps: WorkDeps) => Promise<Work>;
  readonly buildOps: (deps: OpsDeps) => Promise<FastifyInstance>;
  readonly startHep: (deps: HepDeps) => Promise<HepService>;
}

export interface AppDeps {
  readonly db: Database;
  readonly queues: Queues;
  readonly signal: FeedSignal;
  readonly metrics: Metrics;
  readonly outbound: Outbound;
  readonly tracing: Tracing;
  readonly log: Logger;
  readonly config: Config;
}

export interface Running {
  /** Where the API listens, or a worker answers probes; null where it does not. */
  readonly address: string | null;
  readonly adminKey: AdminKey;
  /** Settles, with a sentence, when something died that this process cannot do without. */
  readonly failed: Promise<string>;
  /** In order: no new requests, those at hand end, then the jobs, the queue, and the database last. */
  readonly stop: () => Promise<void>;
}

const poolSizes = { serve: 16, api: 10, worker: 10, hep: 4 } as const;

/** Opens everything in order; what is open already is closed where it cannot go on. Throws StartError for the operator. */
export async function start(
  role: Role,
  config: Config,
  { log, tracing }: { readonly log: Logger; readonly tracing: Tracing },
  parts: Parts,
): Promise<Running> {
  const closers: Closer[] = [];
  const onStop = (what: string, close: () => Promise<unknown>) => closers.unshift({ what, close });
  onStop("traces", () => tracing.close());
  const stop = () => closeInOrder(closers.splice(0), log);
  try {
    const { url, failed } = await openServer(role, config, log, onStop);
    await (role === "serve" ? migrate(url, log) : checkMigrated(url));
    const db = openDatabase(url, { poolSize: poolSizes[role] });
    onStop("database connections", () => db.close());
    const adminKey: AdminKey =
      role === "worker" || role === "hep" ? { kind: "known" } : await prepareAdminKey(db, config);
    const { telemetry } = tracing;
    const connection =
      config.redisUrl === null ? { databaseUrl: url, telemetry } : { redisUrl: config.redisUrl, telemetry };
    const queues = await openQueues({ ...connection, log });
    onStop("queues", () => queues.close());
    const metrics = buildMetrics();
    const takeHep = async (): Promise<void> => {
      if (config.hep === null) return;
      const inbox = buildInbox({ db, queue: queues.events, log, tracing });
      const hep = await parts.startHep({ db, inbox, metrics, log, config: config.hep });
      onStop("HEP", () => hep.close());
    };
    const { host, port, workerPort } = config;
    const withProbes = async (): Promise<Running> => {
      if (workerPort === null) return { address: null, adminKey, failed, stop };
      const ops = await parts.buildOps({ db, queues, metrics, log });
      onStop("probes", () => closeApp(ops));
      const place = { what: role, variable: "WORKER_PORT", host, port: workerPort };
      return { address: await listen(ops, place), adminKey, failed, stop };
    };
    if (role === "hep") {
      await takeHep();
      return await withProbes();
    }
    const signal = openFeedSignal(url, { log });
    onStop("feed signal", () => signal.close());
    const outbound = buildOutbound(config);
    const deps = { db, queues, signal, metrics, outbound, tracing, log };
    if (role !== "api") {
      const worker = await parts.startWorker({ ...deps, connection, sweepEverySeconds: 5 });
      onStop("worker", () => worker.close());
    }
    if (role === "worker") return await withProbes();
    if (role === "serve") await takeHep();
    const app = await parts.buildApp({ ...deps, config });
    onStop("API", () => closeApp(app));
    const place = { what: "API", variable: "PORT", host, port };
    return { address: await listen(app, place), adminKey, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Closer {
  readonly what: string;
  readonly close: () => Promise<unknown>;
}

type OnStop = (what: string, close: () => Promise<unknown>) => void;

async function openServer(
  role: Role,
  config: Config,
  log: Logger,
  onStop: OnStop,
): Promise<{ readonly url: string; readonly failed: Promise<string> }> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, failed: new Promise(() => {}) };
  if (role !== "serve")
    throw new StartError(`\`sipbook ${role}\` needs DATABASE_URL: only \`serve\` brings a database`);
  const embedded = await openEmbedded({ dataDir: config.dataDir, log });
  onStop("embedded PostgreSQL", () => embedded.close());
  return { url: embedded.url, failed: embedded.died };
}

// One that fails must not keep the next ones open, least of all the database.
async function closeInOrder(closers: readonly Closer[], log: Logger): Promise<void> {
  for (const { what, close } of closers) {
    try {
      await close();
    } catch (error) {
      log.error({ fault: describeFault(error) }, `The ${what} did not close well`);
    }
  }
}
