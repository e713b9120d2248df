import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { isSuccess } from "../../domain/rules/event.ts";
import { defined } from "../../json/defined.ts";
import { vendorSigning } from "../../signatures/signing.ts";
import { urlAndForm } from "../../signatures/url-and-form.ts";
import { parseUri } from "../../sip/uri.ts";
import { answeredAt, callFields, readCall, readFields, writeCall } from "../shared/call-form.ts";
import { type Dialect, events, type Incoming, ignored, type Translation } from "../shared/dialect.ts";
import { dialledUri, finalCode, isContradicted, noAnswer } from "../shared/outbound-call.ts";

const Text = Type.Optional(Type.String());

/** A StatusCallback, or the request to the action URL of a Dial. */
const Callback = Type.Object({
  ...callFields,
  SipResponseCode: Text,
  DialCallStatus: Text,
  DialCallSid: Text,
  DialCallDuration: Text,
  DialSipResponseCode: Text,
  DialSipCallId: Text,
});
type Callback = Static<typeof Callback>;

const names = { id: "CallSid", requestUri: "To", status: "SipResponseCode", occurredAt: "Timestamp" };
const dialNames = {
  id: "DialCallSid",
  requestUri: "To",
  status: "DialSipResponseCode",
  callId: "DialSipCallId",
  contacts: "DialSipHeader_X-Redirect-Contact",
  occurredAt: "Timestamp",
};

/** Twilio: the end of a call, or of the call that a TwiML Dial made. */
export const twilio: Dialect = {
  name: "twilio",
  label: "Twilio",
  firstMode: "immediate",
  signing: vendorSigning("the auth token of your Twilio account", urlAndForm("x-twilio-signature")),
  read(incoming): Translation {
    const value = readFields(incoming.body);
    if (!Check(Callback, value)) return { kind: "invalid-shape", schema: Callback, value };
    if (value.DialCallStatus !== undefined) return readDial(value, incoming);
    return readCall(value, { code: value.SipResponseCode, names });
  },
  write: (report) => writeCall(report, { SipResponseCode: `${report.event.status}` }),
};

/** The fields that begin with Dial describe the dialled call, the others the call that dials. */
function readDial(value: Callback, { body, query }: Incoming): Translation {
  const { DialCallStatus = "", DialCallSid, DialSipCallId, CallSid } = value;
  const status = finalCode(value.DialSipResponseCode);
  if (status === null) return noAnswer.codeless;
  if (isContradicted(status, DialCallStatus)) return noAnswer.contradicted;
  const dialled = dialledBy(value, query["uri"]);
  if (dialled === null)
    return ignored("a Dial action that does not say whom it dialled: add ?uri= to its URL");
  const event = defined({
    id: `${DialCallSid ?? DialSipCallId ?? CallSid}-dial`,
    method: "INVITE",
    requestUri: dialledUri(dialled),
    status,
    inDialog: ["completed", "answered"].includes(DialCallStatus) && !isSuccess(status),
    contacts: redirectContacts(readFields(body)),
    callId: DialSipCallId?.slice(0, 512),
    occurredAt: answeredAt(value.Timestamp, value.DialCallDuration),
  });
  return events({ event, names: dialNames });
}

/**
 * The dialled address: `uri` in the action URL, which the signature covers. A plus that was not percent-encoded arrives as
 * a space. `To` is the number or the domain at Twilio that the caller dialled or, in a call that Twilio started, the first
 * callee. It counts only if its own call was refused with the same code.
 */
function dialledBy(value: Callback, uri: string | undefined): string | null {
  if (uri !== undefined) return uri.replace(/^((?:sips?|tel):)? (?=\d)/i, "$1+");
  const { To, Called, Direction, SipResponseCode, DialSipResponseCode } = value;
  const isRefusedItself =
    SipResponseCode === DialSipResponseCode && SipResponseCode?.startsWith("2") === false;
  const to = To ?? Called ?? "";
  return Direction === "inbound" && isRefusedItself && isElsewhere(parseUri(dialledUri(to))) ? to : null;
}

const isElsewhere = (uri: ReturnType<typeof parseUri>): boolean =>
  uri?.kind === "sip" && uri.ip === null && !/(?:^|\.)twilio\.com\.?$/i.test(uri.host);

/** The Contacts that the user's SBC copied into an X- header: Twilio passes no other headers on. */
function redirectContacts(fields: Readonly<Record<string, string>>): readonly string[] {
  const found = Object.entries(fields).find(([name]) => /^DialSipHeader_X-Redirect-Contact$/i.test(name));
  return found === undefined || found[1].trim() === "" ? [] : [found[1]];
}
