/** Limits of the streams of one process. */
export interface FeedLimits {
  /** Most open streams. */
  readonly streams: number;
  /** Most bytes that wait for a slow reader, and one batch more. */
  readonly bufferedBytes: number;
  /** How often an idle reader gets a sign of life. */
  readonly heartbeatSeconds: number;
  /** Changes in one read. */
  readonly batchChanges: number;
  /** Concurrent queries: for new changes, one per book; and for readers that are behind. */
  readonly liveReads: number;
  readonly catchUpReads: number;
  /** How long a backlog waits for slow readers. */
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
