import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { openEmbedded } from "../src/postgres/embedded.ts";
import { openDatabase } from "../src/store/client.ts";
import { migrate } from "../src/store/migrate/migrate.ts";
import { measureBatches } from "./batches.ts";
import { type EndToEnd, measureEndToEnd, printEndToEnd } from "./end-to-end.ts";
import { measureFeed } from "./feed.ts";
import { measureHep } from "./hep.ts";
import { measureImports } from "./imports.ts";
import { measureLookUp } from "./look-up.ts";
import type { Bench } from "./parts/bench.ts";
import { share } from "./parts/calls.ts";
import { startRedis } from "./parts/redis.ts";
import { figure } from "./parts/report.ts";
import { startService } from "./parts/service.ts";
import { measureResolve } from "./resolve.ts";
import { printStatements, settings, startCounting } from "./statements.ts";
import { measureWebhooks } from "./webhooks.ts";

const usage = `npm run bench -- [--contacts 10000] [--seconds 5] [--resolve 100000] [--only PART] [--statements]

  --contacts    contacts in each book
  --seconds     duration of the measurement of each batch size
  --resolve     contacts in the book for /v1/resolve
  --only        measure one part: look-up, feed, resolve, imports, hep or webhooks
  --statements  also print the slowest SQL statements, which costs a little time
`;

/** What can be measured alone, on its own service. */
const parts = {
  "look-up": measureLookUp,
  feed: measureFeed,
  resolve: measureResolve,
  imports: measureImports,
  hep: measureHep,
  webhooks: measureWebhooks,
} as const;
type BenchPart = keyof typeof parts;

const isPart = (name: string): name is BenchPart => Object.hasOwn(parts, name);

interface BenchOptions {
  readonly contacts: number;
  readonly seconds: number;
  readonly resolve: number;
  readonly only: BenchPart | undefined;
  readonly statements: boolean;
}

/** Null if they are invalid. */
function readOptions(): BenchOptions | null {
  try {
    const { values } = parseArgs({
      options: {
        contacts: { type: "string", default: "10000" },
        seconds: { type: "string", default: "5" },
        resolve: { type: "string", default: "100000" },
        only: { type: "string" },
        statements: { type: "boolean", default: false },
      },
    });
    const [contacts, seconds, resolve] = [values.contacts, values.seconds, values.resolve].map(Number);
    if (contacts === undefined || seconds === undefined || resolve === undefined) return null;
    const { only, statements } = values;
    if (only !== undefined && !isPart(only)) return null;
    return contacts >= 1 && seconds > 0 && resolve >= 1
      ? { contacts, seconds, resolve, only, statements }
      : null;
  } catch {
    return null;
  }
}

const posts = "POST /v1/events on 32 connections, until the last verdict";
const print = (text: string) => void process.stdout.write(text);

/** Measures on its own PostgreSQL, with the settings of `npm start`. */
async function run(
  { contacts, seconds, resolve, only, statements }: BenchOptions,
  signal: AbortSignal,
): Promise<void> {
  const log = pino({ level: "warn" });
  const folder = await mkdtemp(join(tmpdir(), "sipbook-bench-"));
  try {
    const server = await openEmbedded({ dataDir: folder, log, settings: statements ? settings : {} });
    try {
      await migrate(server.url, log);
      const db = openDatabase(server.url, { poolSize: 4 });
      try {
        if (statements) await startCounting({ db });
        const sizes = { contacts, seconds, resolveContacts: resolve };
        const bench = { db, databaseUrl: server.url, ...sizes, signal, print };
        await (only === undefined ? measureAll(bench, statements) : measurePart(bench, only, statements));
      } finally {
        await db.close();
      }
    } finally {
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureAll(bench: Bench, statements: boolean): Promise<void> {
  print(await describeMachine(bench));
  const printIfAsked = async (during: string) => (statements ? printStatements(bench, during) : undefined);
  await measureBatches(bench);
  await printIfAsked("the batches, including the making of their books");
  const onPostgres = await measureService(bench, null, async (service) => {
    await measureLookUp(bench, service);
    await measureFeed(bench, service);
    await printIfAsked("the look-ups and the feed, including the making of their books");
    await measureResolve(bench, service);
    await printIfAsked("GET and POST /v1/resolve, including the making of the book");
    await measureImports(bench, service);
    await printIfAsked("the imports");
    const results = await measureEndToEnd(bench, service);
    printEndToEnd(bench, `${posts}; queue on PostgreSQL`, results, null);
    await measureHep(bench);
    await measureWebhooks(bench, service);
    return results;
  });
  await printIfAsked("POST /v1/events, queue on PostgreSQL");
  await measureOnRedis(bench, onPostgres);
}

async function measurePart(bench: Bench, part: BenchPart, statements: boolean): Promise<void> {
  print(await describeMachine(bench));
  await measureService(bench, null, (service) => parts[part](bench, service));
  if (statements) await printStatements(bench, `${part}, including the making of its books`);
}

async function measureOnRedis(bench: Bench, onPostgres: readonly EndToEnd[]): Promise<void> {
  const redis = await startRedis();
  if (redis === null)
    return print("\nredis-server was not found on the PATH: the queue was measured on PostgreSQL only.\n");
  try {
    const onRedis = await measureService(bench, redis.url, (service) => measureEndToEnd(bench, service));
    printEndToEnd(bench, `${posts}; queue on Redis, against PostgreSQL`, onRedis, onPostgres);
  } finally {
    await redis.close();
  }
}

async function measureService<T>(
  bench: Bench,
  redisUrl: string | null,
  measure: (service: Awaited<ReturnType<typeof startService>>) => Promise<T>,
): Promise<T> {
  const service = await startService(bench.databaseUrl, redisUrl);
  try {
    return await measure(service);
  } finally {
    await service.close();
  }
}

async function describeMachine({ db, contacts }: Bench): Promise<string> {
  const [row] = await db.$queryRaw<{ version: string; fsync: string; commit: string }[]>`
    select current_setting('server_version') as version, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as commit`;
  const [cpu] = cpus();
  return [
    `${cpus().length} x ${cpu?.model.trim()}, load ${figure(loadavg()[0] ?? 0)}; Node ${process.version}\n`,
    `PostgreSQL ${row?.version}, fsync ${row?.fsync}, synchronous_commit ${row?.commit}\n`,
    `${contacts.toLocaleString("en")} contacts with one address each; of 100 calls `,
    `${share.moved} end in 301, ${share.gone} in 410, the rest are answered\n`,
  ].join("");
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(usage);
    return 2;
  }
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => controller.abort());
  try {
    await run(options, controller.signal);
    return 0;
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    process.stderr.write("\nStopped.\n");
    return 130;
  }
}

process.exit(await main());
