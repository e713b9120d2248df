export interface TransactionLimits {
  /** Most hops kept; above it the oldest calls are dropped. */
  readonly maxHops: number;
  /** Most characters of answers kept; above it the oldest calls are dropped. */
  readonly maxCharacters: number;
  readonly maxHopsPerCall: number;
  /** Above this many concurrent calls of one From user, a B2BUA's other leg is searched only by the B2BUA's address. */
  readonly maxCallsPerUser: number;
  /** How long a call is kept. Timer C is more than 3 minutes and restarts when the call rings (RFC 3261 16.6, 16.7). */
  readonly keepMs: number;
  /** Longest time that ringing can keep a call. */
  readonly maxKeepMs: number;
  /** When all branches of a call have ended, we wait this long for messages that were delayed on their way to us. */
  readonly settleMs: number;
  /** A branch that has ended waits this long for the other branches. */
  readonly graceMs: number;
}

export const transactionLimits: TransactionLimits = {
  maxHops: 50_000,
  maxCharacters: 64 * 1024 * 1024,
  maxHopsPerCall: 64,
  maxCallsPerUser: 200,
  keepMs: 300_000,
  maxKeepMs: 3_600_000,
  settleMs: 300,
  graceMs: 5_000,
};
