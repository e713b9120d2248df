import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The real service, API and worker, in its own process. */
export interface BenchService {
  readonly origin: string;
  readonly pid: number;
  close(): Promise<void>;
}

const program = join(import.meta.dirname, "../../src/main.ts");
const maxStartMs = 30_000;

/** Starts `sipbook serve` on this database, with the queue on Redis if a URL is given. */
export async function startService(databaseUrl: string, redisUrl: string | null): Promise<BenchService> {
  const child = spawn(process.execPath, [program, "serve"], {
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: databaseUrl,
      PORT: "0",
      LOG_LEVEL: "warn",
      SIPBOOK_ADMIN_KEY: "a key that the bench does not use",
      SIPBOOK_SECRET_KEY: "a key that seals the secrets of the bench",
      WEBHOOK_ALLOW_PRIVATE: "127.0.0.0/8",
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    },
    stdio: ["ignore", "pipe", "inherit"],
    // Ctrl-C stops the bench, which then stops this process.
    detached: true,
  });
  const close = () => endProcess(child);
  try {
    return { origin: await readOrigin(child), pid: child.pid ?? 0, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readOrigin(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  for (const deadline = performance.now() + maxStartMs; performance.now() < deadline; await sleep(20)) {
    const [, origin] = /API +(http:\/\/[^/]+)\/v1\n/.exec(output) ?? [];
    if (origin !== undefined) return origin;
    if (child.exitCode !== null) throw new Error(`sipbook ended with ${child.exitCode}`);
  }
  throw new Error("sipbook did not start in time");
}

/** SIGTERM, and after 15 s SIGKILL. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await ended;
  clearTimeout(late);
}
