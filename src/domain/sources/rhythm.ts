import { describeSeconds } from "./duration.ts";

/** When a source said that an event happened, and when it came. */
export interface Arrival {
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  /** It was occurred for a later time than a clock may be ahead, and set back to the receipt. */
  readonly clockAdjusted: boolean;
}

/** How far ahead a source's clock may be before its time is set back to the receipt. */
export const toleranceSeconds = 300;

/** What is known of a source's clock. A report takes its time, so only one side is certain. */
export interface Clock {
  /** Null where it need not be ahead at all. */
  readonly aheadAtLeastSeconds: number | null;
  /** Null where it is ahead. */
  readonly behindAtMostSeconds: number | null;
  /** The events that had a time of their own. */
  readonly measuredOn: number;
  /** Those of them whose time was set back to the receipt. */
  readonly setBack: number;
}

/** Null where no event had a time of its own. One that has the very time of its receipt was given that by us. */
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

/** By how much the clock was ahead at the least; negative: behind by no more than that. */
function secondsAhead({ occurredAt, receivedAt, clockAdjusted }: Arrival): number {
  if (clockAdjusted) return toleranceSeconds;
  const occurred = occurredAt.getTime();
  // A clock of whole seconds counts as the end of its second, and was read at some moment of it.
  const earliest = occurred % 1000 === 999 ? occurred - 999 : occurred;
  return (earliest - receivedAt.getTime()) / 1000;
}

/** So many pauses tell what is usual. */
const fewestPauses = 10;

/** The median of the pauses between calls; branches of one call, less than a second apart, are one. Null: too few. */
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
