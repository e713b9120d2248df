import { Type } from "typebox";
import { Check } from "typebox/value";
import { isSuccess } from "../../domain/rules/event.ts";
import { defined } from "../../json/defined.ts";
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

const Text = Type.Optional(Type.Union([Type.String(), Type.Null()]));

const Event = Type.Object({ eventType: Type.String() });

/** The event `disconnect`. */
const Disconnect = Type.Object({
  eventType: Type.String(),
  callId: Type.String(),
  direction: Type.String(),
  to: Type.String(),
  eventTime: Text,
  endTime: Text,
  answerTime: Text,
  cause: Text,
  sipCallId: Text,
  sipResponseCode: Type.Optional(Type.Union([Type.Integer(), Type.String(), Type.Null()])),
});

const names = {
  id: "callId",
  requestUri: "to",
  status: "sipResponseCode",
  occurredAt: "endTime",
  callId: "sipCallId",
};

/** Bandwidth: the end of a call. It has a SIP code if the call was refused. */
export const bandwidth: Dialect = {
  name: "bandwidth",
  label: "Bandwidth",
  firstMode: "immediate",
  signing: {
    schemes: [],
    findSecretFault: () =>
      "is not for Bandwidth, which signs nothing: give it a key as the password of Basic",
  },
  read: ({ body }) => readReports(body, readDisconnect),
  write({ id, occurredAt, event }) {
    if (!isWholeCall(event) || isSuccess(event.status)) return null;
    const at = occurredAt?.toISOString();
    const body = {
      eventType: "disconnect",
      eventTime: at,
      from: "+15550100",
      to: dialString(event.requestUri),
      direction: "outbound",
      callId: id ?? event.callId,
      endTime: at,
      cause: "rejected",
      sipCallId: event.callId,
      sipResponseCode: event.status,
    };
    return { contentType: "application/json", body: JSON.stringify(body) };
  },
};

function readDisconnect(value: unknown): Translation {
  if (!Check(Event, value)) return { kind: "invalid-shape", schema: Event, value };
  if (value.eventType !== "disconnect") return ignored("an event that is not disconnect");
  if (!Check(Disconnect, value)) return { kind: "invalid-shape", schema: Disconnect, value };
  if (value.direction !== "outbound") return noAnswer.inbound;
  const status = finalCode(value.sipResponseCode);
  if (status === null) return noAnswer.codeless;
  const isAnswered = (value.answerTime ?? "") !== "";
  if (!isAnswered && isContradicted(status, value.cause)) return noAnswer.contradicted;
  const event = defined({
    id: `${value.callId}-${value.eventType}`,
    method: "INVITE",
    requestUri: dialledUri(value.to),
    status,
    // A code after the answer belongs to another request than the INVITE.
    inDialog: isAnswered && !isSuccess(status),
    callId: value.sipCallId?.slice(0, 512),
    occurredAt: timeOf(Date.parse(value.endTime ?? value.eventTime ?? "")),
  });
  return events({ event, names });
}
