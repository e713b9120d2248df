import type { Work } from "./work.ts";

/**
 * Runs `run` now and then every `everyMs`, one run at a time. `run` must not reject. `close` aborts its signal and waits
 * for the current run.
 */
export function regularly(everyMs: number, run: (closing: AbortSignal) => Promise<void>): Work {
  const closing = new AbortController();
  let running = run(closing.signal);
  const timer = setInterval(() => {
    running = running.then(() => (closing.signal.aborted ? undefined : run(closing.signal)));
  }, everyMs);
  return {
    async close() {
      closing.abort();
      clearInterval(timer);
      await running;
    },
  };
}
