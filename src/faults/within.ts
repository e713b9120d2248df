import { setTimeout as sleep } from "node:timers/promises";

/** Resolves like `work`, or rejects after `limitMs` with ETIMEDOUT and this message; the work itself goes on. */
export async function within<T>(limitMs: number, work: Promise<T>, message: string): Promise<T> {
  if (await endsWithin(limitMs, work)) return work;
  throw Object.assign(new Error(message), { code: "ETIMEDOUT" });
}

/** True when the work has ended, false if it still runs after `limitMs`. Rejects if the work does. */
export async function endsWithin(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(limitMs, false, { signal: timer.signal });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
  }
}
