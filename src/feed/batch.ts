/** A change as the stream has it: one event. */
export interface Item {
  readonly sequence: number;
  readonly at: Date;
  /** JSON, on one line. */
  readonly data: string;
}

/** Changes that follow each other, written out once for however many read them. */
export interface Batch {
  /** The sequence before its first change, and that of its last one: equal where there is none. */
  readonly after: number;
  readonly last: number;
  readonly bytes: Buffer;
  /** Where each event begins in `bytes`. */
  readonly offsets: readonly number[];
  /** When each change was made. */
  readonly times: readonly Date[];
}

/** Null where a change is missing between `after` and the last item: the feed has no gaps, so that one is no more. */
export function toBatch(after: number, items: readonly Item[]): Batch | null {
  if (items.some(({ sequence }, i) => sequence !== after + 1 + i)) return null;
  const events = items.map(({ sequence, data }) =>
    Buffer.from(`id: ${sequence}\nevent: change\ndata: ${data}\n\n`),
  );
  let length = 0;
  const offsets = events.map((event) => (length += event.length) - event.length);
  return {
    after,
    last: after + items.length,
    bytes: Buffer.concat(events, length),
    offsets,
    times: items.map(({ at }) => at),
  };
}

/** What of a batch a reader at `position` does not have yet: whole events, without a copy. Null where it has all. */
export function bytesAfter({ after, last, bytes, offsets }: Batch, position: number): Buffer | null {
  if (position < after) throw new RangeError(`A reader at ${position} cannot go on with ${after + 1}`);
  return position >= last ? null : bytes.subarray(offsets[position - after]);
}

/** What a stream begins with: how long to wait before coming back, not the same for all when a process ends. */
export function preamble(random: number): string {
  return `retry: ${Math.round(1_000 + 4_000 * random)}\n\n`;
}

export const heartbeat = ": still here\n\n";
