import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { isDatabaseAway } from "../faults/database-away.ts";
import { describeFault } from "../faults/fault.ts";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";
import type { HepDeps } from "../hep/service.ts";
import { openEmbedded } from "../postgres/embedded.ts";
import { openQueues } from "../queue/queues.ts";
import { buildInbox } from "../receive/intake/inbox.ts";
import { openDatabase } from "../store/client.ts";
import { openFeedSignal } from "../store/feed/signal.ts";
import { checkMigrated, migrate } from "../store/migrate/migrate.ts";
import { buildMetrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { buildOutbound } from "../webhooks/outbound.ts";
import type { WorkDeps } from "../work/work.ts";
import { type AdminKey, prepareAdminKey } from "./admin-key.ts";
import type { AppDeps } from "./app.ts";
import { closeApp, listen } from "./listen.ts";
import type { OpsDeps } from "./ops-app.ts";

/** `serve` runs everything in one process; in a fleet, `api`, `worker` and `hep` are processes of their own. */
export type Role = "serve" | "api" | "worker" | "hep";

/** What a sipbook is made of. A process loads only the parts of its role. */
const ownParts = {
  buildApp: async (deps: AppDeps) => (await import("./app.ts")).buildApp(deps),
  startWorker: async (deps: WorkDeps) => (await import("../work/worker.ts")).startWorker(deps),
  buildOps: async (deps: OpsDeps) => (await import("./ops-app.ts")).buildOps(deps),
  startHep: async (deps: HepDeps) => (await import("../hep/service.ts")).startHep(deps),
};
export type Parts = typeof ownParts;

export interface Running {
  /** Where the API listens, or a worker answers probes; null if nothing listens. */
  readonly address: string | null;
  readonly adminKey: AdminKey;
  /** Resolves to a sentence when something died that this process needs. */
  readonly failed: Promise<string>;
  /** Finishes requests and jobs in progress, then closes the queue, and the database last. */
  readonly stop: () => Promise<void>;
}

const fleet = {
  poolSize: 10,
  hasDatabase: false,
  hasAdminKey: false,
  takesHep: false,
  works: false,
} as const;
/** What a process of each role does. `listens`: what answers at its address. */
const roles = {
  serve: { poolSize: 16, hasDatabase: true, hasAdminKey: true, takesHep: true, works: true, listens: "api" },
  api: { ...fleet, hasAdminKey: true, listens: "api" },
  worker: { ...fleet, works: true, listens: "probes" },
  hep: { ...fleet, poolSize: 4, takesHep: true, listens: "probes" },
} as const satisfies Readonly<Record<Role, Duties>>;

interface Duties {
  readonly poolSize: number;
  /** Starts the embedded PostgreSQL if DATABASE_URL is not set, and migrates. */
  readonly hasDatabase: boolean;
  readonly hasAdminKey: boolean;
  readonly takesHep: boolean;
  readonly works: boolean;
  readonly listens: "api" | "probes";
}

/** A process that is starting. */
interface Opening extends Parts {
  readonly role: Role;
  readonly config: Config;
  readonly log: Logger;
  readonly tracing: Tracing;
  readonly onStop: OnStop;
}

/**
 * Opens everything in order. If one part fails, closes those already open. Throws StartError for the operator. Tests of
 * start and stop replace parts.
 */
export async function start(
  role: Role,
  config: Config,
  { log, tracing }: { readonly log: Logger; readonly tracing: Tracing },
  replaced: Partial<Parts> = {},
): Promise<Running> {
  const closers: Closer[] = [];
  const onStop: OnStop = (what, close) => closers.unshift({ what, close });
  const stop = () => closeInOrder(closers.splice(0), log);
  const opening: Opening = { ...ownParts, ...replaced, role, config, log, tracing, onStop };
  const { works, takesHep, listens } = roles[role];
  onStop("traces", () => tracing.close());
  try {
    const { url, failed } = await openServer(opening);
    const { adminKey, ...core } = await openCore(opening, url);
    const wide = works || listens === "api" ? openWide(opening, url, core) : null;
    if (works && wide !== null) await startWork(opening, wide);
    if (takesHep) await takeHep(opening, core);
    const address =
      listens === "api" && wide !== null ? await listenApi(opening, wide) : await listenProbes(opening, core);
    return { address, adminKey, failed, stop };
  } catch (error) {
    await stop();
    if (error instanceof StartError || !isDatabaseAway(error)) throw error;
    throw new StartError(
      `PostgreSQL stopped answering during the start (${reasonOf(error)}): start sipbook again`,
    );
  }
}

/** What every role needs. */
type Core = Pick<WorkDeps, "db" | "connection" | "queues" | "metrics">;
/** What the API and the worker need besides. */
type Wide = Omit<WorkDeps, "sweepEverySeconds"> & { readonly tracing: Tracing };

async function openCore(
  { role, config, log, tracing, onStop }: Opening,
  url: string,
): Promise<Core & { readonly adminKey: AdminKey }> {
  const { poolSize, hasDatabase, hasAdminKey } = roles[role];
  await (hasDatabase ? migrate(url, log) : checkMigrated(url));
  const db = openDatabase(url, { poolSize });
  onStop("database connections", () => db.close());
  const adminKey: AdminKey = hasAdminKey ? await prepareAdminKey(db, config) : { kind: "known" };
  const { telemetry } = tracing;
  const connection =
    config.redis === null ? { databaseUrl: url, telemetry } : { redis: config.redis, telemetry };
  const queues = await openQueues({ ...connection, log });
  onStop("queues", () => queues.close());
  return { db, connection, queues, metrics: buildMetrics(), adminKey };
}

function openWide({ config, log, tracing, onStop }: Opening, url: string, core: Core): Wide {
  const signal = openFeedSignal(url, { log });
  onStop("feed signal", () => signal.close());
  return { ...core, signal, outbound: buildOutbound(config), tracing, log };
}

async function startWork({ startWorker, onStop }: Opening, wide: Wide): Promise<void> {
  const worker = await startWorker({ ...wide, sweepEverySeconds: 5 });
  onStop("worker", () => worker.close());
}

async function takeHep({ config, log, tracing, startHep, onStop }: Opening, core: Core): Promise<void> {
  if (config.hep === null) return;
  const { db, queues, metrics } = core;
  const inbox = buildInbox({ db, queue: queues.events, log, tracing });
  const hep = await startHep({ db, inbox, metrics, log, config: config.hep });
  onStop("HEP", () => hep.close());
}

async function listenApi({ config, buildApp, onStop }: Opening, wide: Wide): Promise<string> {
  const app = await buildApp({ ...wide, config });
  onStop("API", () => closeApp(app));
  return listen(app, { what: "API", variable: "PORT", host: config.host, port: config.port });
}

/** Null if WORKER_PORT is not set: then nothing listens. */
async function listenProbes(
  { role, config: { host, workerPort: port }, log, buildOps, onStop }: Opening,
  { db, queues, metrics }: Core,
): Promise<string | null> {
  if (port === null) return null;
  const ops = await buildOps({ db, queues, metrics, log });
  onStop("probes", () => closeApp(ops));
  return listen(ops, { what: role, variable: "WORKER_PORT", host, port });
}

interface Closer {
  readonly what: string;
  readonly close: () => Promise<unknown>;
}

type OnStop = (what: string, close: () => Promise<unknown>) => void;

async function openServer({
  role,
  config,
  log,
  onStop,
}: Opening): Promise<{ readonly url: string; readonly failed: Promise<string> }> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, failed: new Promise(() => {}) };
  if (!roles[role].hasDatabase)
    throw new StartError(`\`sipbook ${role}\` needs DATABASE_URL: only \`serve\` starts its own database`);
  const embedded = await openEmbedded({ dataDir: config.dataDir, log });
  onStop("embedded PostgreSQL", () => embedded.close());
  return { url: embedded.url, failed: embedded.died };
}

// If one fails to close, the next ones must still be closed, above all the database.
async function closeInOrder(closers: readonly Closer[], log: Logger): Promise<void> {
  for (const { what, close } of closers) {
    try {
      await close();
    } catch (error) {
      log.error({ fault: describeFault(error) }, `Closing failed: ${what}`);
    }
  }
}
