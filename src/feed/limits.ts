/** What the streams of one process may cost. */
export interface FeedLimits {
  /** Open streams at most. */
  readonly streams: number;
  /** What may wait for a reader that does not take it, in bytes. A batch more can come on top. */
  readonly bufferedBytes: number;
  /** How often an idle reader hears that it is still connected. */
  readonly heartbeatSeconds: number;
  /** Changes read at once. */
  readonly batchChanges: number;
  /** Queries at a time for what is new, one a book; and for readers that are behind. */
  readonly liveReads: number;
  readonly catchUpReads: number;
  /** How long a backlog waits for readers before it goes on without them. */
  readonly patienceMs: number;
}

export const feedLimits: FeedLimits = {
  streams: 5_000,
  bufferedBytes: 1024 * 1024,
  heartbeatSeconds: 15,
  batchChanges: 500,
  liveReads: 4,
  catchUpReads: 2,
  patienceMs: 1_000,
};
