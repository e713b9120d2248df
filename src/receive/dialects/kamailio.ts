import { Type } from "typebox";
import { Check } from "typebox/value";
import { AccRecord, readAccounting } from "./accounting.ts";
import { Count, numberOf, Text, textOf, textsOf } from "./pseudo-variables.ts";
import { events, type Translation, type Translator } from "./translator.ts";
import { expiresOf, known, readJson, timeOf } from "./values.ts";

/** What the configuration in docs/pbx/kamailio.md posts. Beside it, `reason_header` is taken: one Reason header. */
const Body = Type.Object({
  id: Type.Optional(Text),
  method: Type.Optional(Text),
  code: Count,
  uri: Text,
  reason: Type.Optional(Text),
  contact: Type.Optional(Type.Array(Text)),
  reason_header: Type.Optional(Text),
  reason_headers: Type.Optional(Type.Array(Text)),
  warnings: Type.Optional(Type.Array(Text)),
  diversion: Type.Optional(Type.Array(Text)),
  expires: Type.Optional(Type.Union([Text, Type.Integer()])),
  call_id: Type.Optional(Text),
  cseq: Type.Optional(Count),
  in_dialog: Type.Optional(Type.Boolean()),
  ts: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Null()])),
});

/** Where our names stand in what Kamailio posts, for who reads an error. */
const names = {
  requestUri: "uri",
  status: "code",
  contacts: "contact",
  reasonHeaders: "reason_headers",
  callId: "call_id",
  occurredAt: "ts",
  inDialog: "in_dialog",
};

const isAccounting = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "sip_code" in value;

/**
 * A record of acc_json, or one final answer on one branch, from an onreply_route. `uri` is the Request-URI of that
 * branch and never the one that the caller dialled, which stands in `aor`.
 */
export const kamailio: Translator = {
  read({ body }): Translation {
    const json = readJson(body);
    if (json.kind !== "value") return json;
    const { value } = json;
    if (isAccounting(value)) {
      return Check(AccRecord, value)
        ? readAccounting(value)
        : { kind: "invalid-shape", schema: AccRecord, value };
    }
    if (!Check(Body, value)) return { kind: "invalid-shape", schema: Body, value };
    const event = known({
      id: textOf(value.id),
      method: textOf(value.method),
      requestUri: textOf(value.uri) ?? "",
      status: numberOf(value.code) ?? 0,
      reason: textOf(value.reason)?.slice(0, 1000),
      contacts: textsOf(value.contact),
      reasonHeaders: [...textsOf(value.reason_headers), ...textsOf([value.reason_header])],
      warnings: textsOf(value.warnings),
      diversion: textsOf(value.diversion),
      expires: expiresOf(typeof value.expires === "number" ? `${value.expires}` : textOf(value.expires)),
      callId: textOf(value.call_id)?.slice(0, 512),
      cseq: numberOf(value.cseq),
      inDialog: value.in_dialog,
      occurredAt: timeOf(Number(value.ts ?? Number.NaN) * 1000),
    });
    return events({ event, names });
  },
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
