import type { FastifyBaseLogger } from "fastify";
import { describeFault } from "../../faults/fault.ts";
import type { Problem } from "../../http/problem.ts";
import type { Database } from "../../store/client.ts";
import { addTallies, otherReasons, type TallyKind } from "../../store/sources/tallies.ts";
import type { Reception } from "./intake.ts";

/** Counts what sources send beside events, by reason. */
export interface Tallies {
  count(sourceId: string, kind: TallyKind, reason?: string): void;
  /** Writes the counts so far. Never rejects: counts that cannot be written are kept for the next write. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Most reasons of one source between two writes. Further reasons share one count. */
const maxReasons = 50;

interface Tally {
  readonly sourceId: string;
  readonly kind: TallyKind;
  readonly reason: string;
  times: number;
  lastAt: number;
}

/**
 * Counts in memory and writes every few seconds, so that an ignored leg of a call costs neither a lock nor a statement.
 * Counts that a killed process has not written are lost.
 */
export function openTallies({
  db,
  log,
  everySeconds = 5,
}: {
  readonly db: Database;
  readonly log: FastifyBaseLogger;
  readonly everySeconds?: number;
}): Tallies {
  let counted = new Map<string, Map<string, Tally>>();
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => void flush(), everySeconds * 1000).unref();

  function add({ sourceId, kind, reason, times, lastAt }: Tally): void {
    const ofSource = counted.get(sourceId) ?? new Map<string, Tally>();
    counted.set(sourceId, ofSource);
    const isNew = !ofSource.has(`${kind} ${reason}`);
    const name = isNew && ofSource.size >= maxReasons ? otherReasons : reason;
    const tally = ofSource.get(`${kind} ${name}`);
    if (tally === undefined) ofSource.set(`${kind} ${name}`, { sourceId, kind, reason: name, times, lastAt });
    else {
      tally.times += times;
      tally.lastAt = Math.max(tally.lastAt, lastAt);
    }
  }

  function flush(): Promise<void> {
    running = running.then(write);
    return running;
  }

  async function write(): Promise<void> {
    const tallies = [...counted.values()].flatMap((ofSource) => [...ofSource.values()]);
    if (tallies.length === 0) return;
    counted = new Map();
    const now = performance.now();
    try {
      await addTallies(
        db,
        tallies.map(({ lastAt, ...tally }) => ({ ...tally, lastAgoMs: now - lastAt })),
      );
    } catch (error) {
      for (const tally of tallies) add(tally);
      log.debug({ fault: describeFault(error) }, "What sources sent could not be counted and is counted on");
    }
  }

  return {
    count: (sourceId, kind, reason = "") => {
      add({ sourceId, kind, reason, times: 1, lastAt: performance.now() });
    },
    flush,
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}

/** Keeps the number of reasons small: the kind of problem, and its first place without positions in lists. */
export function reasonOf(problem: Problem): string {
  const [first] = problem.toBody().errors ?? [];
  if (first === undefined) return problem.type;
  return `${problem.type}: ${first.pointer.replace(/\/\d+/g, "/*")} ${first.detail}`.slice(0, 200);
}

export function countRejected(
  tallies: Pick<Tallies, "count">,
  sourceId: string,
  receptions: readonly Reception[],
): void {
  for (const reception of receptions) {
    if (reception.state === "rejected") tallies.count(sourceId, "rejected", reasonOf(reception.problem));
  }
}
