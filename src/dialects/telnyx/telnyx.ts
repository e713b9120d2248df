import { Type } from "typebox";
import { Check } from "typebox/value";
import { isSuccess } from "../../domain/rules/event.ts";
import { defined } from "../../json/defined.ts";
import { ed25519, publicKeyOf } from "../../signatures/ed25519.ts";
import { type Dialect, events, ignored, type Translation } from "../shared/dialect.ts";
import { readReports } from "../shared/json-reports.ts";
import {
  dialledUri,
  dialString,
  finalCode,
  isContradicted,
  isWholeCall,
  noAnswer,
} from "../shared/outbound-call.ts";
import { timeOf } from "../shared/values.ts";

const Event = Type.Object({
  data: Type.Object({ event_type: Type.String(), id: Type.Optional(Type.String()) }),
});

/** The event `call.hangup`. */
const Hangup = Type.Object({
  data: Type.Object({
    id: Type.String(),
    occurred_at: Type.Optional(Type.String()),
    payload: Type.Object({
      to: Type.String(),
      hangup_cause: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      direction: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      start_time: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      sip_hangup_cause: Type.Optional(Type.Union([Type.String(), Type.Integer(), Type.Null()])),
    }),
  }),
});

const names = {
  id: "data/id",
  requestUri: "data/payload/to",
  status: "data/payload/sip_hangup_cause",
  occurredAt: "data/occurred_at",
};

/** Telnyx: the end of a call. An answered call counts at its beginning, the only other time that is reported. */
const publicKey = "the public key of your Telnyx account, in base64";

export const telnyx: Dialect = {
  name: "telnyx",
  label: "Telnyx",
  firstMode: "immediate",
  signing: {
    schemes: [ed25519],
    findSecretFault: (secret = "") => (publicKeyOf(secret) === null ? `must be ${publicKey}` : null),
  },
  read: ({ body }) => readReports(body, readHangup),
  write({ id, occurredAt, event }) {
    if (!isWholeCall(event)) return null;
    const at = occurredAt?.toISOString();
    const body = {
      data: {
        record_type: "event",
        event_type: "call.hangup",
        id: id ?? event.callId,
        occurred_at: at,
        payload: {
          from: "+15550100",
          to: dialString(event.requestUri),
          start_time: at,
          state: "hangup",
          hangup_cause: isSuccess(event.status) ? "normal_clearing" : "unspecified",
          hangup_source: "callee",
          sip_hangup_cause: `${event.status}`,
        },
      },
    };
    return { contentType: "application/json", body: JSON.stringify(body) };
  },
};

function readHangup(value: unknown): Translation {
  if (!Check(Event, value)) return { kind: "invalid-shape", schema: Event, value };
  if (value.data.event_type !== "call.hangup") return ignored("an event that is not call.hangup");
  if (!Check(Hangup, value)) return { kind: "invalid-shape", schema: Hangup, value };
  const { id, occurred_at, payload } = value.data;
  if (/^(?:incoming|inbound)$/.test(payload.direction ?? "")) return noAnswer.inbound;
  const status = finalCode(payload.sip_hangup_cause);
  if (status === null) return noAnswer.codeless;
  if (isContradicted(status, payload.hangup_cause)) return noAnswer.contradicted;
  const at = isSuccess(status) ? (payload.start_time ?? occurred_at) : occurred_at;
  const event = defined({
    id,
    method: "INVITE",
    requestUri: dialledUri(payload.to),
    status,
    occurredAt: timeOf(Date.parse(at ?? "")),
  });
  return events({ event, names });
}
