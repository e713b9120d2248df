import { type Logger, pino } from "pino";
import { type Config, type Environment, readConfig, withHep } from "../config/config.ts";
import { StartError } from "../faults/start-error.ts";
import { endsWithin } from "../faults/within.ts";
import { noTracing, type Tracing } from "../telemetry/tracing.ts";
import type { AdminKey } from "./admin-key.ts";
import type { Parts, Role, Running } from "./serve.ts";

const usage = `Usage: sipbook <command>

  serve     run everything in one process, with its own PostgreSQL if DATABASE_URL is not set
  api       run only the HTTP API
  worker    run only the worker
  hep       receive SIP that PBXs mirror as HEP; \`serve\` does so too if HEP_PORT is set
  migrate   bring the database up to date, and exit
  import    import a file of contacts: sipbook import FILE [options]
  check-pbx check a PBX integration: sipbook check-pbx --source NAME [options]
  seed      fill an empty book with 200 contacts and two weeks of calls
  demo      play ten calls on a temporary sipbook
`;

const stopPatienceMs = 10_000;

/** Runs one command of the command line. Resolves to the exit code. Its code is loaded after the settings are read. */
export async function runCommand(
  command: string | undefined,
  env: Environment,
  parts: Partial<Parts> = {},
): Promise<number> {
  try {
    if (command === "serve" || command === "api" || command === "worker") {
      return await runUntilStopped(command, readConfig(env), parts);
    }
    if (command === "hep") {
      return await runUntilStopped(command, readConfig(withHep(env)), parts);
    }
    if (command === "migrate") return await runMigrate(readConfig(env));
    process.stderr.write(usage);
    return 2;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`sipbook: ${error.message}\n`);
    return 1;
  }
}

async function runUntilStopped(role: Role, config: Config, parts: Partial<Parts>): Promise<number> {
  const tracing = await openTracing(config, () => log);
  const log = openLog(config, tracing);
  // Listen before the start, so that a signal during it is not lost.
  const signalled = nextSignal();
  const { start } = await import("./serve.ts");
  const running = await start(role, config, { log, tracing }, parts);
  process.stdout.write(greeting(role, config, running));
  const reason = await Promise.race([signalled, running.failed]);
  const isSignal = reason in exitCodes;
  if (!isSignal) process.stderr.write(`sipbook: ${reason}\n`);
  log.info(`Stopping: ${reason}`);
  const isClean = await stopInTime(running, log);
  return isSignal && isClean ? 0 : 1;
}

/** Loads OpenTelemetry only if traces are on: loading takes a third of a second. */
async function openTracing({ tracing }: Config, log: () => Logger): Promise<Tracing> {
  if (tracing === null) return noTracing;
  const { startTracing } = await import("../telemetry/otel-start.ts");
  let lastLogged = Number.NEGATIVE_INFINITY;
  const onTrouble = () => {
    if (performance.now() - lastLogged < 60_000) return;
    lastLogged = performance.now();
    log().warn("Traces are lost: the collector does not accept them (logged at most once a minute)");
  };
  return startTracing({ ...tracing, onTrouble });
}

function openLog({ logLevel, tracing: isTraced }: Config, tracing: Tracing): Logger {
  return pino({ level: logLevel, ...(isTraced === null ? {} : { mixin: () => tracing.ids() }) });
}

// By convention 128 plus the signal's number.
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** Resolves to the first signal that asks us to stop; a second one ends the process at once. */
function nextSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let isStopping = false;
  for (const [signal, code] of Object.entries(exitCodes)) {
    process.on(signal, () => {
      if (isStopping) process.exit(code);
      isStopping = true;
      resolve(signal);
    });
  }
  return promise;
}

async function stopInTime(running: Running, log: Logger): Promise<boolean> {
  const inTime = await endsWithin(stopPatienceMs, running.stop());
  if (!inTime) log.error("Not everything stopped within 10 seconds: exiting anyway");
  return inTime;
}

async function runMigrate(config: Config): Promise<number> {
  const log = pino({ level: config.logLevel });
  const { migrate } = await import("../store/migrate/migrate.ts");
  if (config.databaseUrl !== null) {
    await migrate(config.databaseUrl, log);
  } else {
    const { openEmbedded } = await import("../postgres/embedded.ts");
    const embedded = await openEmbedded({ dataDir: config.dataDir, log });
    try {
      await migrate(embedded.url, log);
    } finally {
      await embedded.close();
    }
  }
  process.stdout.write("The database is up to date.\n");
  return 0;
}

function greeting(role: Role, config: Config, { address, adminKey }: Running): string {
  if (address === null) return `sipbook ${role} is running.\n`;
  const near = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
  if (role === "worker" || role === "hep")
    return `sipbook ${role} is running.\n  Probes     ${near}/readyz\n`;
  const url = config.publicUrl ?? near;
  return `sipbook ${role} is running.\n  API        ${url}/v1\n  Docs       ${url}/docs\n${adminKeyLine(adminKey)}`;
}

function adminKeyLine(adminKey: AdminKey): string {
  switch (adminKey.kind) {
    case "known":
      return "";
    case "kept":
      return `  Admin key  in ${adminKey.file}\n`;
    case "made":
      return `  Admin key  ${adminKey.secret}\n             stored in ${adminKey.file}, shown only this once\n`;
    default:
      return adminKey satisfies never;
  }
}
