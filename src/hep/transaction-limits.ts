export interface TransactionLimits {
  /** Hops that are kept at most; beyond it the oldest calls are let go. */
  readonly mostHops: number;
  /** What of their answers is kept at most, in characters. */
  readonly mostCharacters: number;
  /** Hops of one call. */
  readonly mostHopsOfCall: number;
  /** Of a caller with more calls than that at once, a B2BUA's other leg is looked for at the B2BUA's own address only. */
  readonly mostCallsOfUser: number;
  /** How long a call is kept: Timer C is more than 3 minutes, and begins anew where it rings (RFC 3261 16.6, 16.7). */
  readonly keepMs: number;
  /** How long one is kept that rings and rings. */
  readonly longestMs: number;
  /** A call of which all branches ended waits so long for what was overtaken on its way here. */
  readonly settleMs: number;
  /** A branch that ended waits so long for the others. */
  readonly graceMs: number;
}

export const transactionLimits: TransactionLimits = {
  mostHops: 50_000,
  mostCharacters: 64 * 1024 * 1024,
  mostHopsOfCall: 64,
  mostCallsOfUser: 200,
  keepMs: 300_000,
  longestMs: 3_600_000,
  settleMs: 300,
  graceMs: 5_000,
};
