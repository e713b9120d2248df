/** One change, as one event of the stream. */
export interface Item {
  readonly sequence: number;
  readonly at: Date;
  /** JSON, on one line. */
  readonly data: string;
}

/** Consecutive changes, serialized once for all readers. */
export interface Batch {
  /** The sequence before the first change, and that of the last one. They are equal in an empty batch. */
  readonly after: number;
  readonly last: number;
  readonly bytes: Buffer;
  /** Where each event begins in `bytes`. */
  readonly offsets: readonly number[];
  /** When each change was made. */
  readonly times: readonly Date[];
}

/** Null if a change is missing between `after` and the last item: the feed has no gaps, so it was deleted. */
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

/** The events of a batch that a reader at `position` lacks, without a copy. Null if it has them all. */
export function bytesAfter({ after, last, bytes, offsets }: Batch, position: number): Buffer | null {
  if (position < after) throw new RangeError(`A reader at ${position} cannot continue with ${after + 1}`);
  return position >= last ? null : bytes.subarray(offsets[position - after]);
}

/** The start of a stream: a random reconnection delay, so that readers do not all return at once. */
export function preamble(random: number): string {
  return `retry: ${Math.round(1_000 + 4_000 * random)}\n\n`;
}

export const heartbeat = ": still here\n\n";
