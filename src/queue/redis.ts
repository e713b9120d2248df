import { Queue, Worker } from "bullmq";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { BackendQueue, BackendWorker, JobData } from "./backend.ts";
import {
  type BackendState,
  jobOptions,
  processorOf,
  type QueueSettings,
  telemetryOf,
  type WorkerSettings,
  watchState,
} from "./jobs.ts";
import type { RedisSentinel, RedisTarget } from "./redis-url.ts";

// The braces put every key of ours into one slot of a Redis Cluster, as BullMQ's scripts need it.
const prefix = "{sipbook}";

type Client = Redis | Cluster;

export function openRedisQueue(target: RedisTarget, settings: QueueSettings): BackendQueue {
  const state = watchState(
    settings.log,
    "Redis",
    "events wait in PostgreSQL, where workers find them a little later",
  );
  const { client, abandon } = connect(target, state);
  const bull = new Queue<JobData>(settings.name, {
    connection: client,
    prefix,
    defaultJobOptions: jobOptions,
    ...telemetryOf(settings),
  });
  bull.on("error", (error) => tell(state, client, error));
  return { bull, abandon, checkAway: () => checkAway(client) };
}

export function openRedisWorker(target: RedisTarget, settings: WorkerSettings): BackendWorker {
  const state = watchState(settings.log, "Redis", "this worker only sweeps PostgreSQL for events");
  const { client, abandon } = connect(target, state);
  const bull = new Worker<JobData>(settings.name, processorOf(settings), {
    connection: client,
    prefix,
    concurrency: settings.concurrency,
    // How long a fetch that failed waits for the next one.
    runRetryDelay: 1_000,
    ...telemetryOf(settings),
  });
  bull.on("error", (error) => tell(state, client, error));
  return { bull, abandon };
}

/** Connects, and goes on trying. BullMQ makes itself a second connection from the first; `abandon` ends both. */
function connect(
  target: RedisTarget,
  state: BackendState,
): { readonly client: Client; readonly abandon: () => void } {
  const clients: Client[] = [];
  const client = openClient(target, clients);
  let lastError: unknown;
  client.on("error", (error: unknown) => {
    lastError = error;
    // Sentinels that are away are asked on and on, without any connection that could close.
    if (client.status === "connecting") state.down(error);
  });
  client.on("ready", () => state.up());
  client.on("close", () => state.down(lastError));
  const abandon = () => {
    client.removeAllListeners("close");
    for (const each of clients) each.disconnect();
  };
  return { client, abandon };
}

const timing = {
  connectTimeout: 2_000,
  // A command outlives a reconnect, as BullMQ wants it; whoever waits for one has a deadline of their own.
  maxRetriesPerRequest: null,
} as const;

function retryAfterMs(attempt: number): number {
  return Math.min(attempt * 100, 2_000);
}

function openClient(target: RedisTarget, clients: Client[]): Client {
  switch (target.kind) {
    case "server":
      return openRedis(new Redis(target.url, { ...timing, retryStrategy: retryAfterMs }), clients);
    case "sentinel":
      return openRedis(new Redis(sentinelOptions(target.sentinel)), clients);
    case "cluster":
      return openCluster(target.urls, clients);
    default:
      return target satisfies never;
  }
}

function openRedis(redis: Redis, clients: Client[]): Redis {
  const duplicate = redis.duplicate.bind(redis);
  const track = (options?: Partial<RedisOptions>) => keep(duplicate(options), clients);
  return keep(Object.assign(redis, { duplicate: track }), clients);
}

function sentinelOptions(sentinel: RedisSentinel) {
  const { sentinels, master, database, username, password, sentinelUsername, sentinelPassword } = sentinel;
  return {
    ...timing,
    sentinels: [...sentinels],
    name: master,
    db: database,
    retryStrategy: retryAfterMs,
    sentinelRetryStrategy: retryAfterMs,
    sentinelCommandTimeout: timing.connectTimeout,
    // A master that was set back to a replica says so to whoever writes: ask the sentinels again, and repeat.
    reconnectOnError: ({ message }: Error) => (message.startsWith("READONLY") ? (2 as const) : false),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(sentinelUsername === null ? {} : { sentinelUsername }),
    ...(sentinelPassword === null ? {} : { sentinelPassword }),
    ...(sentinel.isTls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  } satisfies RedisOptions;
}

function openCluster(urls: readonly string[], clients: Client[]): Cluster {
  const { username, password, protocol } = new URL(urls[0] ?? "");
  const cluster = new Cluster([...urls], {
    clusterRetryStrategy: retryAfterMs,
    redisOptions: {
      ...timing,
      ...(username === "" ? {} : { username: decodeURIComponent(username) }),
      ...(password === "" ? {} : { password: decodeURIComponent(password) }),
      ...(protocol === "rediss:" ? { tls: {} } : {}),
    },
  });
  const duplicate = cluster.duplicate.bind(cluster);
  const track = (...args: Parameters<typeof duplicate>) => keep(duplicate(...args), clients);
  return keep(Object.assign(cluster, { duplicate: track }), clients);
}

function keep<T extends Client>(client: T, clients: Client[]): T {
  clients.push(client);
  return client;
}

// BullMQ waits for a connection without end; while there is none, its callers should hear so at once.
function checkAway(client: Client): void {
  if (["reconnecting", "close", "end"].includes(client.status)) throw new Error("Redis is away");
}

// While the connection is down its own events tell the state, and each command that fails for it adds nothing.
function tell(state: BackendState, client: Client, error: Error): void {
  if (client.status === "ready") state.odd(error);
}
