/**
 * The place of an event or assertion in the order of time. Events of the same instant are ordered by kind, then by source
 * and id, and never by arrival.
 */
export interface Position {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly rank: number;
  /** Source and the source's own event id; compared bytewise. */
  readonly tie: string;
}

/** If in doubt the address lives: at one instant a 410 comes before an answered call, and that before a move. */
export const rankOf = { gone: 0, reachable: 1, moved: 2 } as const;

/** A move lands before its instant, so that the next hop of the same second still counts. */
export const landing = (at: number): Position => ({ at, rank: -1, tie: "" });

/** An assertion comes after every event of its instant: the person wins. */
export const asserted = (at: number): Position => ({ at, rank: 9, tie: "" });

/** The space sorts below every character that a source's name may have, so this compares as (source, id) does. */
export const tieOf = (source: string, sourceEventId: string): string => `${source} ${sourceEventId}`;

/** Negative, zero or positive, as Array.sort takes it. */
export function comparePositions(a: Position, b: Position): number {
  return a.at - b.at || a.rank - b.rank || compareBytes(a.tie, b.tie);
}

/** As Postgres compares text under COLLATE "C": UTF-8 keeps the order of code points, UTF-16 does not. */
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
