import { Queue, Worker } from "bullmq";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { defined } from "../json/defined.ts";
import {
  type BackendQueue,
  type BackendState,
  type BackendWorker,
  type JobData,
  jobOptions,
  processorOf,
  type QueueSettings,
  type WorkerSettings,
  watchState,
} from "./backend.ts";
import type { RedisSentinel, RedisTarget } from "./redis-url.ts";

// The braces put all our keys into one slot of a Redis Cluster, as BullMQ's scripts require.
const prefix = "{sipbook}";

type Client = Redis | Cluster;

export function openRedisQueue(target: RedisTarget, settings: QueueSettings): BackendQueue {
  const state = watchState(
    settings.log,
    "Redis",
    "events wait in PostgreSQL until a worker's sweep finds them",
  );
  const { client, abandon } = connect(target, state);
  const bull = new Queue<JobData>(settings.name, {
    connection: client,
    prefix,
    defaultJobOptions: jobOptions,
    ...defined({ telemetry: settings.telemetry }),
  });
  bull.on("error", (error) => noteError(state, client, error));
  return { bull, abandon, checkAway: () => checkAway(client) };
}

export function openRedisWorker(target: RedisTarget, settings: WorkerSettings): BackendWorker {
  const state = watchState(settings.log, "Redis", "this worker only sweeps PostgreSQL for events");
  const { client, abandon } = connect(target, state);
  const bull = new Worker<JobData>(settings.name, processorOf(settings), {
    connection: client,
    prefix,
    concurrency: settings.concurrency,
    // Pause after a fetch that failed.
    runRetryDelay: 1_000,
    ...defined({ telemetry: settings.telemetry }),
  });
  bull.on("error", (error) => noteError(state, client, error));
  return { bull, abandon };
}

/** Connects, and reconnects without end. BullMQ duplicates the connection; `abandon` closes both. */
function connect(
  target: RedisTarget,
  state: BackendState,
): { readonly client: Client; readonly abandon: () => void } {
  const clients: Client[] = [];
  const client = openClient(target, clients);
  let lastError: unknown;
  client.on("error", (error: unknown) => {
    lastError = error;
    // While no sentinel answers there is no connection, so no "close" either.
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
  // BullMQ requires that a command survives a reconnect; our callers set their own deadlines.
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
    // A master that became a replica refuses writes: ask the sentinels again and repeat the command.
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

// BullMQ waits for a connection without end; its callers should get an error at once.
function checkAway(client: Client): void {
  if (["reconnecting", "close", "end"].includes(client.status)) throw new Error("Redis is away");
}

// While the connection is down, its own events report the state; failing commands add nothing.
function noteError(state: BackendState, client: Client, error: Error): void {
  if (client.status === "ready") state.error(error);
}
