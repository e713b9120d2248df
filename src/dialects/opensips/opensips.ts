import { Type } from "typebox";
import { Check } from "typebox/value";
import { defined } from "../../json/defined.ts";
import { ownSigning } from "../../signatures/signing.ts";
import { AccRecord, readAccounting } from "../shared/accounting.ts";
import { answerFields, answerNames, readAnswer } from "../shared/branch-answer.ts";
import { type Dialect, events, ignored, type Translation } from "../shared/dialect.ts";
import { readReports } from "../shared/json-reports.ts";
import { isWholeCall } from "../shared/outbound-call.ts";
import { Count, numberOf } from "../shared/pseudo-variables.ts";
import { endOfSecond } from "../shared/values.ts";

/** What the configuration in docs/pbx/opensips.md posts. */
const Body = Type.Object({ ...answerFields, ts: Type.Optional(Count) });

const AnyEvent = Type.Object({ method: Type.String(), params: Type.Record(Type.String(), Type.Unknown()) });
const AccEvent = Type.Object({ method: Type.String(), params: AccRecord });

const isEvent = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "jsonrpc" in value;

/** An answer on one branch, from an onreply_route, or the event that the module acc raises for a transaction. */
export const opensips: Dialect = {
  name: "opensips",
  label: "OpenSIPS",
  firstMode: "immediate",
  signing: ownSigning,
  read: ({ body }) => readReports(body, readReport),
  write({ occurredAt, event }) {
    if (!isWholeCall(event)) return null;
    const body = {
      code: event.status,
      reason: event.reason,
      uri: event.requestUri,
      contact: event.contacts,
      reason_headers: event.reasonHeaders,
      warnings: event.warnings,
      diversion: event.diversion,
      expires: event.expires,
      call_id: event.callId,
      cseq: event.cseq === null ? null : `${event.cseq}`,
      ts: occurredAt === null ? null : Math.floor(occurredAt.getTime() / 1000),
    };
    return { contentType: "application/json", body: JSON.stringify(body) };
  },
};

function readReport(value: unknown): Translation {
  if (isEvent(value)) return readEvent(value);
  if (!Check(Body, value)) return { kind: "invalid-shape", schema: Body, value };
  const event = defined({ ...readAnswer(value), occurredAt: endOfSecond(numberOf(value.ts) ?? Number.NaN) });
  return events({ event, names: answerNames });
}

/**
 * E_ACC_EVENT and E_ACC_MISSED_EVENT of one failure are the same event. The name is the method, or the value of the
 * parameter that `event_param` of event_stream names.
 */
function readEvent(value: unknown): Translation {
  if (!Check(AnyEvent, value)) return { kind: "invalid-shape", schema: AnyEvent, value };
  const names: readonly unknown[] = [value.method, ...Object.values(value.params)];
  if (!names.some((name) => name === "E_ACC_EVENT" || name === "E_ACC_MISSED_EVENT"))
    return ignored("another event than E_ACC_MISSED_EVENT");
  if (!Check(AccEvent, value)) return { kind: "invalid-shape", schema: AccEvent, value };
  return readAccounting(value.params, "params/");
}
