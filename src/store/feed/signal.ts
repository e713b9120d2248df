import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Logger } from "pino";
import { describeFault } from "../../faults/fault.ts";

/** Called if a book may have new changes; null: any book may. The listener reads the changes itself. */
type FeedListener = (bookId: string | null) => void;

export interface FeedSignal {
  /** Returns a function that removes the listener. */
  listen(listener: FeedListener): () => void;
  close(): Promise<void>;
}

interface FeedSignalOptions {
  readonly log: Logger;
  /** How often every listener is called anyway: a lost connection or a pooler may have dropped notifications. */
  readonly everySeconds?: number;
}

export const feedChannel = "sipbook_feed";

/**
 * Listens to the notifications of `appendHistory` on a connection of its own, and reconnects if it breaks. Never
 * rejects: without a connection, the regular calls of the listeners remain.
 */
export function openFeedSignal(url: string, { log, everySeconds = 5 }: FeedSignalOptions): FeedSignal {
  const listeners = new Set<FeedListener>();
  const closing = new AbortController();
  const notify = (bookId: string | null) => {
    for (const listener of listeners) listener(bookId);
  };
  const timer = setInterval(notify, everySeconds * 1000, null);
  const running = keepListening(url, notify, closing.signal, log);
  return {
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      clearInterval(timer);
      closing.abort();
      await running;
    },
  };
}

async function keepListening(
  url: string,
  notify: FeedListener,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await listenOnce(url, notify, () => (failures = 0), signal);
    } catch (error) {
      const entry = { fault: describeFault(error) };
      if (failures === 0 && !signal.aborted)
        log.warn(entry, "LISTEN connection lost; polling for changes instead");
      failures += 1;
    }
    const pauseMs = Math.min(100 * 2 ** failures, 5_000);
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** Resolves when `signal` aborts; rejects when the connection fails. */
async function listenOnce(
  url: string,
  notify: FeedListener,
  onUp: () => void,
  signal: AbortSignal,
): Promise<void> {
  const client = new Client({
    connectionString: url,
    application_name: "sipbook feed",
    connectionTimeoutMillis: 3_000,
    keepAlive: true,
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  // It is awaited below, which may be after it rejected.
  ended.catch(() => {});
  client.on("error", reject);
  client.on("end", () => reject(new Error("The connection was closed")));
  client.on("notification", ({ payload }) => notify(payload ?? null));
  const stop = () => resolve();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await client.connect();
    await client.query(`LISTEN ${feedChannel}`);
    onUp();
    // Notifications from before LISTEN are lost.
    notify(null);
    await ended;
  } finally {
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => {});
  }
}
