import { setTimeout as sleep } from "node:timers/promises";
import type { BranchOutcome } from "./calls/branch-outcome.ts";

export interface SinkOptions {
  /** Resolves when the outcomes are in the database. Rejects if a retry may succeed. */
  readonly store: (outcomes: readonly BranchOutcome[]) => Promise<void>;
  /** Called with the number of outcomes that are lost. */
  readonly onDrop: (count: number) => void;
  readonly onTrouble: (error: unknown) => void;
  /** Most outcomes kept while the database is away. */
  readonly maxWaiting?: number;
}

export interface Sink {
  add(outcomes: readonly BranchOutcome[]): void;
  /** Stores what waits, for at most `maxMs`; the rest is dropped, and counted. */
  close(maxMs: number): Promise<void>;
}

/** Most outcomes in one call of `store`. */
const batchSize = 500;
const pauseMs = { first: 250, max: 5_000 } as const;

/** Keeps outcomes until they are stored, since nobody sends a datagram again. */
export function openSink({ store, onDrop, onTrouble, maxWaiting = 20_000 }: SinkOptions): Sink {
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
        pause = Math.min(pauseMs.max, pause * 2);
      }
    }
  }

  return {
    add(outcomes) {
      const room = Math.max(0, maxWaiting - waiting.length);
      if (outcomes.length > room) onDrop(outcomes.length - room);
      waiting = [...waiting, ...outcomes.slice(0, room)];
      running ??= run().finally(() => {
        running = null;
      });
    },
    async close(maxMs) {
      const late = setTimeout(() => closing.abort(), maxMs);
      await running;
      clearTimeout(late);
      if (waiting.length > 0) onDrop(waiting.length);
      waiting = [];
    },
  };
}
