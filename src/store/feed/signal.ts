import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Logger } from "pino";
import { describeFault } from "../../faults/fault.ts";

/** Tells that a book may have new changes; null: that any book may. What changed has to be read. */
export type FeedListener = (bookId: string | null) => void;

export interface FeedSignal {
  /** Returns what ends it. */
  listen(listener: FeedListener): () => void;
  close(): Promise<void>;
}

export interface FeedSignalOptions {
  readonly log: Logger;
  /** How often every listener is told to look for itself: what a lost connection, or a pooler in between, kept from it. */
  readonly everySeconds?: number;
}

export const feedChannel = "sipbook_feed";

/**
 * Listens for what `appendHistory` announces, on a connection of its own that is opened again whenever it breaks. Never
 * rejects: until it is connected, and beside it, there are the regular looks.
 */
export function openFeedSignal(url: string, { log, everySeconds = 5 }: FeedSignalOptions): FeedSignal {
  const listeners = new Set<FeedListener>();
  const closing = new AbortController();
  const notify = (bookId: string | null) => {
    for (const listener of listeners) listener(bookId);
  };
  const timer = setInterval(notify, everySeconds * 1000, null);
  const running = listenOnAndOn(url, notify, { log, signal: closing.signal });
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

interface Listening {
  readonly log: Logger;
  readonly signal: AbortSignal;
}

async function listenOnAndOn(url: string, notify: FeedListener, { log, signal }: Listening): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await listenOnce(url, notify, () => (failures = 0), signal);
    } catch (error) {
      const entry = { fault: describeFault(error) };
      if (failures === 0 && !signal.aborted)
        log.warn(entry, "News of changes do not arrive from PostgreSQL: it is asked for them");
      failures += 1;
    }
    const pauseMs = Math.min(100 * 2 ** failures, 5_000);
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** Resolves when it is told to stop; rejects when the connection fails. */
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
  // Heard of where it is awaited, which may be later.
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
    // What was announced before we listened was announced to nobody.
    notify(null);
    await ended;
  } finally {
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => {});
  }
}
