import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { endProcess } from "./service.ts";

/** Our own Redis, which keeps nothing on disk. */
export interface BenchRedis {
  readonly url: string;
  close(): Promise<void>;
}

/** Null if redis-server is not on the PATH. */
export async function startRedis(): Promise<BenchRedis | null> {
  if (spawnSync("redis-server", ["--version"]).error !== undefined) return null;
  const folder = await mkdtemp(join(tmpdir(), "sipbook-bench-redis-"));
  const port = await findFreePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const child = spawn("redis-server", args, { stdio: "ignore", detached: true });
  const url = `redis://127.0.0.1:${port}`;
  const close = async () => {
    await endProcess(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(url);
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function waitUntilReady(url: string): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 250 });
  client.on("error", () => {});
  try {
    await Promise.race([client.ping(), failAfter(5_000)]);
  } finally {
    client.disconnect();
  }
}

async function failAfter(ms: number): Promise<never> {
  await sleep(ms, undefined, { ref: false });
  throw new Error("redis-server did not start in time");
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("No free port");
  return address.port;
}
