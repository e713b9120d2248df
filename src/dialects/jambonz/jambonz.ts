import { Type } from "typebox";
import { Check } from "typebox/value";
import { isSuccess } from "../../domain/rules/event.ts";
import { defined } from "../../json/defined.ts";
import { jambonzSignature } from "../../signatures/jambonz.ts";
import { vendorSigning } from "../../signatures/signing.ts";
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

/** The call status hook. `sip_status` is there from the first answer on. */
const Body = Type.Object({
  call_sid: Type.String(),
  direction: Type.String(),
  to: Type.String(),
  call_status: Type.String(),
  sip_status: Type.Optional(Type.Union([Type.Integer(), Type.String(), Type.Null()])),
  sip_reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  call_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});

const names = {
  id: "call_sid",
  requestUri: "to",
  status: "sip_status",
  reason: "sip_reason",
  callId: "call_id",
};

const refusals = new Set(["failed", "busy", "no-answer"]);

/**
 * jambonz: a call. The answer is reported when it happens. `completed` arrives at the end, perhaps hours later and without
 * a time: it would make the address look alive at that moment, so it is ignored.
 */
export const jambonz: Dialect = {
  name: "jambonz",
  label: "jambonz",
  firstMode: "immediate",
  signing: vendorSigning("the webhook secret of your jambonz account", jambonzSignature),
  read: ({ body }) => readReports(body, readCall),
  write({ id, event }) {
    if (!isWholeCall(event)) return null;
    const body = {
      call_sid: id ?? event.callId,
      direction: "outbound",
      from: "+15550100",
      to: dialString(event.requestUri),
      call_id: event.callId,
      sip_status: event.status,
      sip_reason: event.reason,
      call_status: statusWord(event.status),
    };
    return { contentType: "application/json", body: JSON.stringify(body) };
  },
};

function readCall(value: unknown): Translation {
  if (!Check(Body, value)) return { kind: "invalid-shape", schema: Body, value };
  if (value.direction !== "outbound") return noAnswer.inbound;
  if (value.call_status === "completed") {
    return ignored("the end of a call, whose answer was reported earlier");
  }
  const status = finalCode(value.sip_status);
  const isAnswer = value.call_status === "in-progress" && status !== null && isSuccess(status);
  if (!isAnswer && !refusals.has(value.call_status)) return noAnswer.underway;
  if (status === null) return noAnswer.codeless;
  if (isContradicted(status, value.call_status)) return noAnswer.contradicted;
  const event = defined({
    id: `${value.call_sid}-${value.call_status}`,
    method: "INVITE",
    requestUri: dialledUri(value.to),
    status,
    reason: value.sip_reason?.slice(0, 1000),
    callId: value.call_id?.slice(0, 512),
  });
  return events({ event, names });
}

function statusWord(status: number): string {
  if (isSuccess(status)) return "in-progress";
  if (status === 486) return "busy";
  return status === 480 ? "no-answer" : "failed";
}
