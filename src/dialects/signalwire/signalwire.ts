import { Type } from "typebox";
import { Check } from "typebox/value";
import { vendorSigning } from "../../signatures/signing.ts";
import { urlAndBody } from "../../signatures/url-and-body.ts";
import { urlAndForm } from "../../signatures/url-and-form.ts";
import { callFields, readCall, readFields, writeCall } from "../shared/call-form.ts";
import type { Dialect, Translation } from "../shared/dialect.ts";

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
    return readCall(value, { code: value.SipResultCode, reason: value.SipInviteResultPhrase, names });
  },
  write: (report) =>
    writeCall(report, {
      SipResultCode: `${report.event.status}`,
      ...(report.event.reason === null ? {} : { SipInviteResultPhrase: report.event.reason }),
    }),
};
