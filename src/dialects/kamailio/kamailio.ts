import { Type } from "typebox";
import { Check } from "typebox/value";
import { defined } from "../../json/defined.ts";
import { ownSigning } from "../../signatures/signing.ts";
import { AccRecord, readAccounting } from "../shared/accounting.ts";
import { answerFields, answerNames, readAnswer } from "../shared/branch-answer.ts";
import { type Dialect, events, type Translation } from "../shared/dialect.ts";
import { readReports } from "../shared/json-reports.ts";
import { Text, textOf } from "../shared/pseudo-variables.ts";
import { timeOf } from "../shared/values.ts";

/** What the configuration in docs/pbx/kamailio.md posts. */
const Body = Type.Object({
  ...answerFields,
  id: Type.Optional(Text),
  ts: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Null()])),
});

const isAccounting = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "sip_code" in value;

/** A record of acc_json, or one final answer on one branch, from an onreply_route. */
export const kamailio: Dialect = {
  name: "kamailio",
  label: "Kamailio",
  firstMode: "immediate",
  signing: ownSigning,
  read: ({ body }) => readReports(body, readReport),
  write: ({ id, occurredAt, event }) => ({
    contentType: "application/json",
    body: JSON.stringify({
      id,
      method: event.method,
      code: event.status,
      uri: event.requestUri,
      reason: event.reason ?? "<null>",
      contact: event.contacts,
      reason_headers: event.reasonHeaders,
      warnings: event.warnings,
      diversion: event.diversion,
      expires: event.expires ?? "<null>",
      call_id: event.callId,
      cseq: event.cseq,
      in_dialog: event.inDialog,
      ts: occurredAt === null ? null : (occurredAt.getTime() / 1000).toFixed(6),
    }),
  }),
};

function readReport(value: unknown): Translation {
  if (isAccounting(value)) {
    return Check(AccRecord, value)
      ? readAccounting(value)
      : { kind: "invalid-shape", schema: AccRecord, value };
  }
  if (!Check(Body, value)) return { kind: "invalid-shape", schema: Body, value };
  const event = defined({
    ...readAnswer(value),
    id: textOf(value.id),
    occurredAt: timeOf(Number(value.ts ?? Number.NaN) * 1000),
  });
  return events({ event, names: answerNames });
}
