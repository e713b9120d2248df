import { type CallEvent, isAnswer } from "../domain/event.ts";
import { type Judgement, judge } from "../domain/judge.ts";
import type { Policy } from "../domain/policy.ts";
import { rankOf, tieOf } from "../domain/position.ts";
import { matchKey } from "../sip/uri.ts";
import type { NewEvent } from "../store/events/inbox.ts";
import { hashOf } from "./hash-of.ts";

/** What a dialect makes of one report of its PBX. Without `id` one is derived; without `occurredAt` it is the receipt. */
export interface Report {
  readonly id: string | null;
  readonly occurredAt: Date | null;
  /** When it came, where that is not now. */
  readonly receivedAt?: Date;
  readonly event: CallEvent;
  /** What the PBX sent, as text. */
  readonly raw: string;
}

export interface ReportingSource extends Policy {
  readonly id: string;
  readonly bookId: string;
  readonly name: string;
}

/** The inbox row of a report, judged under the policy of its source as it is now. */
export function toNewEvent(
  { id, receivedAt, occurredAt, event, raw }: Report,
  source: ReportingSource,
): NewEvent {
  const sourceEventId = id ?? deriveId(event, source.name);
  const judgement = judge(event, source);
  return {
    bookId: source.bookId,
    sourceId: source.id,
    sourceEventId,
    contentHash: hashOf(
      event.method,
      judgement.key ?? event.requestUri,
      event.status,
      event.contacts,
      event.reasonHeaders,
      event.inDialog,
    ),
    receivedAt: receivedAt ?? null,
    occurredAt,
    event,
    answered: isAnswer(event),
    raw,
    tie: tieOf(source.name, sourceEventId),
    ...columnsOf(judgement),
  };
}

/** The same answer of the same call has the same id however often it is reported. */
function deriveId(event: CallEvent, source: string): string {
  const key = matchKey(event.requestUri) ?? event.requestUri;
  return hashOf(source, event.callId, event.cseq, key, event.status);
}

function columnsOf(judgement: Judgement) {
  const { key, standing } = judgement;
  if (judgement.standing === "recorded") {
    return { key, standing, standingRule: judgement.rule, kind: null, rank: 0, target: null };
  }
  const { kind, target } = judgement;
  const standingRule = judgement.standing === "held" ? judgement.rule : null;
  return { key, standing, standingRule, kind, rank: rankOf[kind], target };
}
