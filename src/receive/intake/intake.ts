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

/** The result for one event of a request. */
export type Reception =
  | { readonly state: "accepted" | "duplicate"; readonly id: string; readonly sourceEventId: string }
  | {
      readonly state: "rejected";
      /** The event that already has this id. Null for any other problem. */
      readonly eventId: string | null;
      readonly sourceEventId: string | null;
      readonly problem: Problem;
    };

interface IntakeDeps {
  readonly db: Database;
  readonly inbox: Inbox;
  readonly metrics: Metrics;
  /** The log of the request. */
  readonly log: FastifyBaseLogger;
}

/**
 * Stores the valid reports and returns one Reception for each report, in order, after the commit. Reports that name an
 * unknown source are counted under `reporter`.
 */
export async function receive(
  { db, inbox, metrics, log }: IntakeDeps,
  caller: Reporter,
  validations: readonly Validation[],
  reporter = "_unknown",
): Promise<readonly Reception[]> {
  const sources = new Map<string | null, FoundSource | Problem>();
  const judged = [];
  for (const [index, validation] of validations.entries()) {
    judged.push(await prepare(index, validation));
  }
  const newEvents = judged.flatMap((each) => (each instanceof Problem ? [] : [each]));
  const receipts = newEvents.length === 0 ? [] : await inbox.take(newEvents);
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
  logReceptions(log, receptions);
  return receptions;

  async function prepare(index: number, validation: Validation) {
    if (validation.kind === "invalid") return problemOf(validation.errors);
    const { source: name, report } = validation;
    const source = sources.get(name) ?? (await findReportingSource(db, caller, name, pointerOf(index)));
    sources.set(name, source);
    if (source instanceof Problem) return source;
    // One paused source rejects the whole request, so that the client can send it again unchanged.
    refusePaused(source);
    return toNewEvent(report, source);
  }

  // Only the name of a known source becomes a label.
  function nameOfSource(index: number): string {
    const validation = validations[index];
    const source = validation?.kind === "valid" ? sources.get(validation.source) : undefined;
    return source === undefined || source instanceof Problem ? reporter : source.name;
  }

  function pointerOf(index: number): string {
    return validations.length === 1 ? "/source" : `/${index}/source`;
  }
}

/** Logged with the request id, so that one can go from a request to its events and their verdicts. */
function logReceptions(log: FastifyBaseLogger, receptions: readonly Reception[]): void {
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

/** Answers 202, or 200 with the verdicts if the caller waits for them and they come in time. */
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

/** The body of the answer, with the verdicts that are known. */
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

/** A PBX cannot repair an id that it used for two contents, so a conflict is answered as a duplicate. */
export function withoutConflict(reception: Reception): Reception {
  if (reception.state !== "rejected") return reception;
  const { eventId, sourceEventId } = reception;
  if (eventId === null || sourceEventId === null) return reception;
  return { state: "duplicate", id: eventId, sourceEventId };
}
