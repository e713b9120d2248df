/** How long a receiver is tried. What a test shortens, production takes as it stands. */
export interface RetryPolicy {
  /** Before each try of a delivery; the first is 0. After the last one the delivery has failed. */
  readonly waitsMs: readonly number[];
  /** An endpoint that answered nothing well for so long is disabled. */
  readonly disableAfterMs: number;
  /** After so many failures in a row the endpoint rests as a whole, and is then tried with one delivery at a time. */
  readonly failuresUntilRest: number;
  readonly firstRestMs: number;
  readonly longestRestMs: number;
  /** Of Retry-After. No delivery is given up for being put off: the endpoint is disabled in the end. */
  readonly shortestPutOffMs: number;
  readonly longestPutOffMs: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** The schedule that Standard Webhooks recommends: ten tries in 75 hours and 35 minutes. */
export const standardPolicy: RetryPolicy = {
  waitsMs: [
    0,
    5_000,
    5 * minute,
    30 * minute,
    2 * hour,
    5 * hour,
    10 * hour,
    14 * hour,
    20 * hour,
    24 * hour,
  ],
  disableAfterMs: 72 * hour,
  failuresUntilRest: 5,
  firstRestMs: 30_000,
  longestRestMs: hour,
  shortestPutOffMs: 1_000,
  longestPutOffMs: 24 * hour,
};
