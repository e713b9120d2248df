import type { FastifyBaseLogger, FastifyReply } from "fastify";
import type { Static } from "typebox";
import { Problem } from "../../http/problem.ts";
import type { Database } from "../../store/client.ts";
import type { Receipt } from "../../store/events/inbox.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { Receipts, Verdict } from "../../wire/calls/events.ts";
import { toNewEvent } from "./event-input.ts";
import type { Inbox } from "./inbox.ts";
import { type FoundSource, findReportingSource, type Reporter, refusePaused } from "./reporting-source.ts";
import { problemOf, type Validation } from "./validate.ts";
import { awaitVerdicts } from "./wait.ts";

/** What became of one event of a request. */
export type Reception =
  | { readonly state: "accepted" | "duplicate"; readonly id: string; readonly sourceEventId: string }
  | {
      readonly state: "rejected";
      /** The event that has this id already; null where the problem is another. */
      readonly eventId: string | null;
      readonly sourceEventId: string | null;
      readonly problem: Problem;
    };

interface Deps {
  readonly db: Database;
  readonly inbox: Inbox;
  readonly metrics: Metrics;
  /** Of the request. */
  readonly log: FastifyBaseLogger;
}

/**
 * Stores what is valid, and says of each what became of it, in order. Returns after the commit. What names no source
 * that there is counts for `reporter`.
 */
export async function receive(
  { db, inbox, metrics, log }: Deps,
  caller: Reporter,
  validations: readonly Validation[],
  reporter = "_unknown",
): Promise<readonly Reception[]> {
  const sources = new Map<string | null, FoundSource | Problem>();
  const judged = [];
  for (const [index, validation] of validations.entries()) {
    judged.push(await prepare(index, validation));
  }
  const news = judged.flatMap((each) => (each instanceof Problem ? [] : [each]));
  const receipts = news.length === 0 ? [] : await inbox.take(news);
  let taken = 0;
  const receptions = judged.map((each): Reception => {
    if (each instanceof Problem)
      return { state: "rejected", eventId: null, sourceEventId: null, problem: each };
    const receipt = receipts[taken];
    taken += 1;
    return toReception(each.sourceEventId, receipt);
  });
  for (const [index, { state }] of receptions.entries()) {
    metrics.received.inc({ ...metrics.labelsOf(caller.book.name, nameOfSource(index)), state });
  }
  tell(log, receptions);
  return receptions;

  async function prepare(index: number, validation: Validation) {
    if (validation.kind === "invalid") return problemOf(validation.errors);
    const { source: name, report } = validation;
    const source = sources.get(name) ?? (await findReportingSource(db, caller, name, pointerOf(index)));
    sources.set(name, source);
    if (source instanceof Problem) return source;
    // All of them wait with it: a client that sends them again later loses none, and doubles none.
    refusePaused(source);
    return toNewEvent(report, source);
  }

  // What a caller calls a source is a label only where it is the name of one.
  function nameOfSource(index: number): string {
    const validation = validations[index];
    const source = validation?.kind === "valid" ? sources.get(validation.source) : undefined;
    return source === undefined || source instanceof Problem ? reporter : source.name;
  }

  function pointerOf(index: number): string {
    return validations.length === 1 ? "/source" : `/${index}/source`;
  }
}

/** Under the request's id: the way from a request to its events, and by their ids to what became of them. */
function tell(log: FastifyBaseLogger, receptions: readonly Reception[]): void {
  const idsOf = (wanted: Reception["state"]) =>
    receptions.flatMap((each) => (each.state !== "rejected" && each.state === wanted ? [each.id] : []));
  const [eventIds, duplicateIds] = [idsOf("accepted"), idsOf("duplicate")];
  const rejected = receptions.length - eventIds.length - duplicateIds.length;
  const counts = `${eventIds.length} events; ${duplicateIds.length} were here already, ${rejected} rejected`;
  log.info({ eventIds, duplicateIds, rejected }, `Took ${counts}`);
}

function toReception(sourceEventId: string, receipt: Receipt | undefined): Reception {
  if (receipt === undefined) throw new Error(`Event ${sourceEventId} has no receipt`);
  const { id, state } = receipt;
  if (state !== "conflict") return { state, id, sourceEventId };
  const detail = `The source reported another event as ${sourceEventId}: event ${id}`;
  const problem = new Problem("event-conflict", detail, { links: { event: `/v1/events/${id}` } });
  return { state: "rejected", eventId: id, sourceEventId, problem };
}

/** 202, or 200 with the verdicts where the caller waits for them and they come in time. */
export async function answerReceipts(
  db: Database,
  reply: FastifyReply,
  receptions: readonly Reception[],
  seconds: number,
): Promise<FastifyReply> {
  const ids = receptions.flatMap((reception) => (reception.state === "rejected" ? [] : [reception.id]));
  const verdicts = seconds === 0 ? null : await awaitVerdicts(db, ids, seconds);
  if (verdicts !== null) reply.header("preference-applied", `wait=${seconds}`);
  return reply.code(verdicts === null ? 202 : 200).send(toReceipts(receptions, verdicts));
}

/** The answer to events, with the verdicts where they are known. */
export function toReceipts(
  receptions: readonly Reception[],
  verdicts: ReadonlyMap<string, Static<typeof Verdict>> | null = null,
): Static<typeof Receipts> {
  const count = (state: Reception["state"]) => receptions.filter((each) => each.state === state).length;
  return {
    accepted: count("accepted"),
    duplicates: count("duplicate"),
    rejected: count("rejected"),
    events: receptions.map((reception) => {
      if (reception.state !== "rejected") {
        const verdict = verdicts?.get(reception.id);
        return { ...reception, ...(verdict === undefined ? {} : { verdict }) };
      }
      const { state, sourceEventId, problem } = reception;
      return { state, problem: problem.toBody(), ...(sourceEventId === null ? {} : { sourceEventId }) };
    }),
  };
}

/** The same id with other content is a retransmission to a PBX, and nothing that it could mend. */
export function withoutConflict(reception: Reception): Reception {
  if (reception.state !== "rejected") return reception;
  const { eventId, sourceEventId } = reception;
  if (eventId === null || sourceEventId === null) return reception;
  return { state: "duplicate", id: eventId, sourceEventId };
}
