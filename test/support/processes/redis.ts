import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { parseRedisUrl, type RedisTarget } from "../../../src/queue/redis-url.ts";
import { makeFolder } from "./postgres.ts";
import { findFreePort } from "./tcp.ts";

/** A redis-server for one test, which can be stopped, restarted on the same port, and frozen. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  readonly start: () => Promise<void>;
  /** Kills it. Its data are lost, because it never saves. */
  readonly stop: () => Promise<void>;
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Runs one command, such as FLUSHALL. */
  readonly call: (command: string, ...args: string[]) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** True if tests on Redis cannot run here. In CI they always run, and fail if Redis is missing. */
export function isRedisMissing(): boolean {
  return process.env["CI"] === undefined && spawnSync("redis-server", ["--version"]).error !== undefined;
}

export const redisPassword = "a-password-of-redis";

/** Options that make it require `redisPassword`, also from its replicas. */
export const guarded = ["--requirepass", redisPassword, "--masterauth", redisPassword] as const;

/** Makes a Redis that is not started yet. Rejects if redis-server is not on the PATH. */
export async function makeRedis(...options: readonly string[]): Promise<TestRedis> {
  const folder = await makeFolder();
  const port = await findFreePort();
  const url = `redis://${options.includes(redisPassword) ? `:${redisPassword}@` : ""}127.0.0.1:${port}`;
  let server: ChildProcess | null = null;
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder.path, "--save", ""];
  const start = async () => {
    server = spawn("redis-server", [...args, ...options], { stdio: "ignore" });
    await once(server, "spawn");
    await waitUntilReady(url);
  };
  const stop = async () => {
    if (server === null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    server = null;
    await ended;
  };
  return {
    url,
    port,
    start,
    stop,
    freeze: () => void server?.kill("SIGSTOP"),
    thaw: () => void server?.kill("SIGCONT"),
    call: (command, ...rest) => withClient(url, (client) => client.call(command, ...rest)),
    close: async () => {
      await stop();
      await folder.remove();
    },
  };
}

export async function waitUntilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answered = await withClient(url, (client) => client.ping()).catch(() => null);
    if (answered !== null) return;
    await sleep(20);
  }
  throw new Error("redis-server does not answer");
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on("error", () => {});
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** A queue on the Redis of a REDIS_URL. */
export function redisAt(url: string): { readonly redis: RedisTarget } {
  const redis = parseRedisUrl(url);
  if (redis === null) throw new Error(`${url} is not a URL of Redis`);
  return { redis };
}
