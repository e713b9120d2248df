import { Type } from "typebox";
import { Check } from "typebox/value";
import { isSuccess } from "../../domain/rules/event.ts";
import { defined } from "../../json/defined.ts";
import { vendorSigning } from "../../signatures/signing.ts";
import { urlAndBody } from "../../signatures/url-and-body.ts";
import { urlAndForm } from "../../signatures/url-and-form.ts";
import { answeredAt, callFields, idOf, isOver, readFields, writeCall } from "../shared/call-form.ts";
import { type Dialect, events, type Translation } from "../shared/dialect.ts";
import { dialledUri, finalCode, isContradicted, noAnswer } from "../shared/outbound-call.ts";

/** The status callback of the compatibility API. */
const Callback = Type.Object({
  ...callFields,
  To: Type.String(),
  SipResultCode: Type.Optional(Type.String()),
  SipInviteResultPhrase: Type.Optional(Type.String()),
});

const names = {
  id: "CallSid",
  requestUri: "To",
  status: "SipResultCode",
  reason: "SipInviteResultPhrase",
  occurredAt: "Timestamp",
};

/** SignalWire: the end of a call. */
export const signalwire: Dialect = {
  name: "signalwire",
  label: "SignalWire",
  firstMode: "immediate",
  signing: vendorSigning(
    "the signing key of your SignalWire space",
    urlAndForm("x-signalwire-signature"),
    urlAndBody("x-signalwire-signature", "sha1"),
    urlAndBody("x-signalwire-sha256-signature", "sha256"),
    urlAndForm("x-twilio-signature"),
  ),
  read({ body }): Translation {
    const value = readFields(body);
    if (!Check(Callback, value)) return { kind: "invalid-shape", schema: Callback, value };
    if (value.Direction?.startsWith("inbound") === true) return noAnswer.inbound;
    if (!isOver(value.CallStatus)) return noAnswer.underway;
    const status = finalCode(value.SipResultCode);
    if (status === null) return noAnswer.codeless;
    if (isContradicted(status, value.CallStatus)) return noAnswer.contradicted;
    const event = defined({
      id: idOf(value),
      method: "INVITE",
      requestUri: dialledUri(value.To),
      status,
      reason: value.SipInviteResultPhrase?.slice(0, 1000),
      // A code after the answer belongs to another request than the INVITE.
      inDialog: value.CallStatus === "completed" && !isSuccess(status),
      occurredAt: answeredAt(value.Timestamp, value.CallDuration),
    });
    return events({ event, names });
  },
  write: (report) =>
    writeCall(report, {
      SipResultCode: `${report.event.status}`,
      ...(report.event.reason === null ? {} : { SipInviteResultPhrase: report.event.reason }),
    }),
};
