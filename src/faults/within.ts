import { setTimeout as sleep } from "node:timers/promises";

/** The work's result, or after so long an error (ETIMEDOUT) with this complaint; the work itself goes on. */
export async function within<T>(limitMs: number, work: Promise<T>, complaint: string): Promise<T> {
  const timer = new AbortController();
  const late = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw Object.assign(new Error(complaint), { code: "ETIMEDOUT" });
  });
  // Whichever comes second fails unheard.
  for (const loser of [work, late]) loser.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
