/** How often and how long a receiver is tried. Tests shorten it. */
export interface RetryPolicy {
  /** Wait before each try of a delivery; the first is 0. After the last try the delivery has failed. */
  readonly waitsMs: readonly number[];
  /** An endpoint without a success for this long is disabled. */
  readonly disableAfterMs: number;
  /** After this many failures in a row the endpoint rests, and is then tried with one delivery at a time. */
  readonly failuresUntilRest: number;
  readonly firstRestMs: number;
  readonly maxRestMs: number;
  /** Bounds of Retry-After. A delivery that is put off never fails: in the end the endpoint is disabled. */
  readonly minPutOffMs: number;
  readonly maxPutOffMs: number;
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
  maxRestMs: hour,
  minPutOffMs: 1_000,
  maxPutOffMs: 24 * hour,
};
