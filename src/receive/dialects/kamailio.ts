import { Type } from "typebox";
import { Check } from "typebox/value";
import { events, type Translation, type Translator } from "./translator.ts";
import { expiresOf, known, readJson, storable, timeOf } from "./values.ts";

/** A value that Kamailio wrote as text; bytes that are no UTF-8 come as base64. */
const Text = Type.Union([Type.String(), Type.Object({ base64: Type.String() }), Type.Null()]);
const Count = Type.Union([Type.Integer(), Type.String({ pattern: "^[0-9]{1,10}$" }), Type.Null()]);

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

/**
 * One final answer on one branch, from an onreply_route. `uri` is the Request-URI of that branch and never the one that
 * the caller dialled, which stands in `aor`.
 */
export const kamailio: Translator = {
  read({ body }): Translation {
    const json = readJson(body);
    if (json.kind !== "value") return json;
    const { value } = json;
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

type Text = string | { readonly base64: string } | null | undefined;

/**
 * Kamailio writes `<null>` for what is not there. Bytes are read as Latin-1, which loses none; what Postgres cannot keep
 * is replaced, so that it does not cost the event.
 */
function textOf(text: Text): string | undefined {
  if (text === null || text === undefined || text === "" || text === "<null>") return undefined;
  const read = typeof text === "string" ? text : Buffer.from(text.base64, "base64").toString("latin1");
  return storable(read);
}

const textsOf = (texts: readonly Text[] = []): readonly string[] =>
  texts.map(textOf).filter((text) => text !== undefined);

const numberOf = (count: number | string | null | undefined): number | undefined =>
  count === null || count === undefined ? undefined : Number(count);
