import { hashOf } from "../../dialects/shared/hash-of.ts";
import { rankOf, tieOf } from "../../domain/fold/position.ts";
import { type CallEvent, isAnswer, type Report } from "../../domain/rules/event.ts";
import { type Judgement, judge } from "../../domain/rules/judge.ts";
import type { Policy } from "../../domain/rules/policy.ts";
import { matchKey } from "../../sip/uri.ts";
import type { NewEvent } from "../../store/events/inbox.ts";

export interface ReportingSource extends Policy {
  readonly id: string;
  readonly bookId: string;
  readonly name: string;
}

/** The inbox row of a report, judged under the present policy of its source. */
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

/** Derives the same id for the same answer of the same call, however often it is reported. */
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
