import { describeSeconds } from "./duration.ts";

/** When an event happened by the source's clock, and when it was received. */
export interface Arrival {
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  /** Its time was further in the future than the tolerance, so it was set back to the receipt. */
  readonly clockAdjusted: boolean;
}

/** How far ahead a source's clock may be before its time is set back to the receipt. */
export const toleranceSeconds = 300;

/**
 * Bounds on a source's clock skew. Reports arrive with unknown delay, so we can prove only "at least this far ahead" or
 * "at most this far behind".
 */
export interface Clock {
  /** Null: the clock is not provably ahead. */
  readonly aheadAtLeastSeconds: number | null;
  /** Null: the clock is ahead. */
  readonly behindAtMostSeconds: number | null;
  /** Number of events that came with a time of their own. */
  readonly measuredOn: number;
  /** Number of events whose time was set back to the receipt. */
  readonly setBack: number;
}

/** Null: no event had a time of its own. An event whose time equals its receipt came without one. */
export function measureClock(arrivals: readonly Arrival[]): Clock | null {
  const own = arrivals.filter(
    ({ occurredAt, receivedAt, clockAdjusted }) =>
      clockAdjusted || occurredAt.getTime() !== receivedAt.getTime(),
  );
  if (own.length === 0) return null;
  const ahead = Math.max(...own.map(secondsAhead));
  return {
    aheadAtLeastSeconds: ahead > 0 ? ahead : null,
    behindAtMostSeconds: ahead > 0 ? null : Math.abs(ahead),
    measuredOn: own.length,
    setBack: own.filter(({ clockAdjusted }) => clockAdjusted).length,
  };
}

/** Seconds that the clock was ahead, at least; negative: behind by no more than that. */
function secondsAhead({ occurredAt, receivedAt, clockAdjusted }: Arrival): number {
  if (clockAdjusted) return toleranceSeconds;
  const occurred = occurredAt.getTime();
  // A time in whole seconds is stored as the end of its second (.999); the clock was read at some moment of that second.
  const earliest = occurred % 1000 === 999 ? occurred - 999 : occurred;
  return (earliest - receivedAt.getTime()) / 1000;
}

/** Fewest pauses from which a median is taken. */
const fewestPauses = 10;

/** Median pause between calls. Events less than a second apart are branches of one call. Null: too few pauses. */
export function usualPauseSeconds(arrivals: readonly Arrival[]): number | null {
  const times = arrivals.map(({ occurredAt }) => occurredAt.getTime()).toSorted((a, b) => a - b);
  const pauses = times
    .map((time, i) => (time - (times[i - 1] ?? time)) / 1000)
    .filter((seconds) => seconds >= 1)
    .toSorted((a, b) => a - b);
  return pauses.length < fewestPauses ? null : (pauses[pauses.length >> 1] ?? null);
}

export interface Silence {
  readonly since: Date;
  readonly seconds: number;
  readonly usualSeconds: number | null;
  /** Longer than ten usual pauses, and than ten minutes. */
  readonly isUnusual: boolean;
  /** For people: "nothing for 26 h, usually every 4 min". */
  readonly text: string;
}

export function describeSilence(since: Date, now: Date, usualSeconds: number | null): Silence {
  const seconds = Math.max(0, Math.floor((now.getTime() - since.getTime()) / 1000));
  const duration = `nothing for ${describeSeconds(seconds)}`;
  return {
    since,
    seconds,
    usualSeconds,
    isUnusual: usualSeconds !== null && seconds > Math.max(10 * usualSeconds, 600),
    text:
      usualSeconds === null
        ? duration
        : `${duration}, usually every ${describeSeconds(Math.round(usualSeconds))}`,
  };
}
