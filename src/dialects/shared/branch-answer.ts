import { type Static, Type } from "typebox";
import { Count, numberOf, Text, textOf, textsOf } from "./pseudo-variables.ts";
import { addrSpecOf, expiresOf } from "./values.ts";

/** The rows of a header; one of them may stand without brackets. */
const Rows = Type.Union([Type.Array(Text), Text]);

/** One answer on one branch of a fork, as the scripts of Kamailio and OpenSIPS post it from an onreply_route. */
export const answerFields = {
  method: Type.Optional(Text),
  code: Count,
  uri: Text,
  reason: Type.Optional(Text),
  contact: Type.Optional(Rows),
  reason_header: Type.Optional(Rows),
  reason_headers: Type.Optional(Rows),
  warnings: Type.Optional(Rows),
  diversion: Type.Optional(Rows),
  expires: Type.Optional(Type.Union([Text, Type.Integer()])),
  call_id: Type.Optional(Text),
  cseq: Type.Optional(Count),
  in_dialog: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
};
const Answer = Type.Object(answerFields);

/** The posted name of each of our properties, for error texts. */
export const answerNames = {
  requestUri: "uri",
  status: "code",
  contacts: "contact",
  reasonHeaders: "reason_headers",
  callId: "call_id",
  occurredAt: "ts",
  inDialog: "in_dialog",
};

/** The answer as an event, without its time. `uri` is the Request-URI of its branch, never the one that the caller dialled. */
export function readAnswer(answer: Static<typeof Answer>): Readonly<Record<string, unknown>> {
  const { expires } = answer;
  const uri = textOf(answer.uri);
  return {
    method: textOf(answer.method),
    requestUri: uri === undefined ? undefined : addrSpecOf(uri),
    status: numberOf(answer.code),
    reason: textOf(answer.reason)?.slice(0, 1000),
    contacts: rowsOf(answer.contact),
    reasonHeaders: [...rowsOf(answer.reason_headers), ...rowsOf(answer.reason_header)],
    warnings: rowsOf(answer.warnings),
    diversion: rowsOf(answer.diversion),
    expires: expiresOf(typeof expires === "number" ? `${expires}` : textOf(expires)),
    callId: textOf(answer.call_id)?.slice(0, 512),
    cseq: numberOf(answer.cseq),
    inDialog: answer.in_dialog ?? undefined,
  };
}

const rowsOf = (rows: Static<typeof Rows> | undefined): readonly string[] => textsOf([rows].flat());
