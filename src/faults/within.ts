import { setTimeout as sleep } from "node:timers/promises";

/** Resolves like `work`, or rejects after `limitMs` with ETIMEDOUT and this message; the work itself goes on. */
export async function within<T>(limitMs: number, work: Promise<T>, message: string): Promise<T> {
  const timer = new AbortController();
  const late = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw Object.assign(new Error(message), { code: "ETIMEDOUT" });
  });
  // A later rejection of the slower one must not be unhandled.
  for (const loser of [work, late]) loser.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
