import { Type } from "typebox";
import { Check } from "typebox/value";
import type { Translation } from "./translation.ts";

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
export function translateKamailio(body: unknown): Translation {
  if (!Check(Body, body)) return { kind: "invalid-shape", schema: Body };
  const given = {
    id: textOf(body.id),
    method: textOf(body.method),
    requestUri: textOf(body.uri) ?? "",
    status: numberOf(body.code) ?? 0,
    reason: textOf(body.reason)?.slice(0, 1000),
    contacts: textsOf(body.contact),
    reasonHeaders: [...textsOf(body.reason_headers), ...textsOf([body.reason_header])],
    warnings: textsOf(body.warnings),
    diversion: textsOf(body.diversion),
    expires: secondsOf(body.expires),
    callId: textOf(body.call_id)?.slice(0, 512),
    cseq: numberOf(body.cseq),
    inDialog: body.in_dialog,
    occurredAt: timeOf(body.ts),
  };
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return { kind: "event", event: Object.fromEntries(known), names };
}

type Text = string | { readonly base64: string } | null | undefined;

/**
 * Kamailio writes `<null>` for what is not there. Bytes are read as Latin-1, which loses none; what Postgres cannot keep
 * is replaced, so that it does not cost the event.
 */
function textOf(text: Text): string | undefined {
  if (text === null || text === undefined || text === "" || text === "<null>") return undefined;
  const read = typeof text === "string" ? text : Buffer.from(text.base64, "base64").toString("latin1");
  return read.toWellFormed().replaceAll("\0", "\u{fffd}");
}

const textsOf = (texts: readonly Text[] = []): readonly string[] =>
  texts.map(textOf).filter((text) => text !== undefined);

const numberOf = (count: number | string | null | undefined): number | undefined =>
  count === null || count === undefined ? undefined : Number(count);

/** The Expires header, which whoever answered wrote: a malformed one counts as an hour (RFC 3261 8.3, 20.19). */
function secondsOf(expires: Text | number): number | undefined {
  const text = typeof expires === "number" ? `${expires}` : textOf(expires);
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 32 - 1) : 3600;
}

/** `$TV(Sn)`: seconds since the epoch, with microseconds after the point. */
function timeOf(ts: string | number | null | undefined): string | undefined {
  const seconds = Number(ts ?? Number.NaN);
  if (!(seconds > 0 && seconds < 253_402_300_800)) return undefined;
  return new Date(Math.floor(seconds * 1000)).toISOString();
}
