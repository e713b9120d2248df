import { endsWithin } from "../faults/within.ts";
import type { Batch } from "./batch.ts";
import type { FeedLimits } from "./limits.ts";
import type { Reader } from "./reader.ts";

/** The readers of one book that have caught up: new changes are read once for all of them. */
export interface Room {
  /** The sequence of the last change that was read. */
  position(): number;
  /** False if the reader lacks changes that the others have. */
  join(reader: Reader): boolean;
  leave(reader: Reader): void;
  isEmpty(): boolean;
  /** There may be new changes, up to `last` if given. Never rejects: a read that failed is retried at the next wake. */
  wake(last?: number): Promise<void>;
  /** Ends all its streams. */
  end(): void;
}

export interface RoomDeps {
  /** Changes after a sequence; null if the book no longer has them. */
  readonly read: (after: number) => Promise<Batch | null>;
  readonly onSent: (batch: Batch) => void;
  readonly onFault: (error: unknown) => void;
  readonly limits: FeedLimits;
}

export function openRoom(start: number, { read, onSent, onFault, limits }: RoomDeps): Room {
  const readers = new Set<Reader>();
  let position = start;
  let isStale = false;
  let known = start;
  let isReading = false;
  const end = () => {
    for (const reader of readers) reader.end();
    readers.clear();
  };
  const hasMore = () => (isStale || position < known) && readers.size > 0;
  const readOnce = async () => {
    const batch = await read(position);
    if (batch === null) return end();
    for (const reader of readers) if (!reader.send(batch)) readers.delete(reader);
    position = batch.last;
    if (batch.times.length === 0) known = position;
    onSent(batch);
    if (batch.times.length < limits.batchChanges) return;
    isStale = true;
    // A long backlog is sent at the pace of its readers, but waits for a slow one only `patienceMs`.
    await endsWithin(limits.patienceMs, Promise.all([...readers].map((reader) => reader.drained())));
  };
  return {
    position: () => position,
    join: (reader) => {
      if (reader.position() < position) return false;
      readers.add(reader);
      return true;
    },
    leave: (reader) => void readers.delete(reader),
    isEmpty: () => readers.size === 0,
    wake: async (last) => {
      if (last === undefined) isStale = true;
      else known = Math.max(known, last);
      if (isReading) return;
      isReading = true;
      try {
        while (hasMore()) {
          isStale = false;
          await readOnce();
        }
      } catch (error) {
        onFault(error);
      } finally {
        isReading = false;
      }
    },
    end,
  };
}
