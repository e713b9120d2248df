import { setTimeout as sleep } from "node:timers/promises";
import type { BranchOutcome } from "./calls/branch-outcome.ts";

export interface SinkOptions {
  /** Stores them; resolves when they are in the database. Rejects where they may be tried again. */
  readonly store: (outcomes: readonly BranchOutcome[]) => Promise<void>;
  /** So many could not be kept. */
  readonly onDrop: (count: number) => void;
  readonly onTrouble: (error: unknown) => void;
  /** Outcomes that wait at most while the database is away. */
  readonly mostWaiting?: number;
}

export interface Sink {
  add(outcomes: readonly BranchOutcome[]): void;
  /** Stores what waits, as far as that is possible within `patienceMs`; the rest is dropped, and counted. */
  close(patienceMs: number): Promise<void>;
}

/** One array of outcomes a call to `store`. */
const batchSize = 500;
const pauseMs = { first: 250, most: 5_000 } as const;

/** Nobody sends a datagram again: what cannot be stored now is kept for later, within bounds. */
export function openSink({ store, onDrop, onTrouble, mostWaiting = 20_000 }: SinkOptions): Sink {
  const closing = new AbortController();
  let waiting: readonly BranchOutcome[] = [];
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    let pause: number = pauseMs.first;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchSize);
      try {
        await store(batch);
        waiting = waiting.slice(batch.length);
        pause = pauseMs.first;
      } catch (error) {
        onTrouble(error);
        if (closing.signal.aborted) return;
        await sleep(pause, undefined, { signal: closing.signal }).catch(() => {});
        pause = Math.min(pauseMs.most, pause * 2);
      }
    }
  }

  return {
    add(outcomes) {
      const room = Math.max(0, mostWaiting - waiting.length);
      if (outcomes.length > room) onDrop(outcomes.length - room);
      waiting = [...waiting, ...outcomes.slice(0, room)];
      running ??= run().finally(() => {
        running = null;
      });
    },
    async close(patienceMs) {
      const late = setTimeout(() => closing.abort(), patienceMs);
      await running;
      clearTimeout(late);
      if (waiting.length > 0) onDrop(waiting.length);
      waiting = [];
    },
  };
}
