import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { isSuccess } from "../../domain/rules/event.ts";
import { vendorSigning } from "../../signatures/signing.ts";
import { urlAndForm } from "../../signatures/url-and-form.ts";
import { parseUri } from "../../sip/uri.ts";
import { answeredAt, callFields, idOf, isOver, readFields, writeCall } from "../shared/call-form.ts";
import { type Dialect, events, type Incoming, ignored, type Translation } from "../shared/dialect.ts";
import { dialledUri, finalCode, isContradicted, noAnswer } from "../shared/outbound-call.ts";
import { known } from "../shared/values.ts";

const Text = Type.Optional(Type.String());

/** A StatusCallback, or what the action of a Dial gets. */
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

/** The end of a call of Twilio's, or of what a TwiML Dial called. */
export const twilio: Dialect = {
  name: "twilio",
  label: "Twilio",
  firstMode: "immediate",
  signing: vendorSigning("the auth token of your Twilio account", urlAndForm("x-twilio-signature")),
  read(incoming): Translation {
    const value = readFields(incoming.body);
    if (!Check(Callback, value)) return { kind: "invalid-shape", schema: Callback, value };
    return value.DialCallStatus === undefined ? readStatus(value) : readDial(value, incoming);
  },
  write: (report) => writeCall(report, { SipResponseCode: `${report.event.status}` }),
};

function readStatus(value: Callback): Translation {
  if (value.Direction === "inbound") return noAnswer.inbound;
  if (!isOver(value.CallStatus)) return noAnswer.underway;
  const status = finalCode(value.SipResponseCode);
  if (status === null) return noAnswer.codeless;
  if (isContradicted(status, value.CallStatus)) return noAnswer.contradicted;
  const event = known({
    id: idOf(value),
    method: "INVITE",
    requestUri: dialledUri(value.To ?? value.Called ?? ""),
    status,
    // After the answer a code is one to another request than the INVITE.
    inDialog: value.CallStatus === "completed" && !isSuccess(status),
    occurredAt: answeredAt(value.Timestamp, value.CallDuration),
  });
  return events({ event, names });
}

/** The fields of the call that dials stand beside those of the one that was dialled, which begin with Dial. */
function readDial(value: Callback, { body, query }: Incoming): Translation {
  const { DialCallStatus = "", DialCallSid, DialSipCallId, CallSid } = value;
  const status = finalCode(value.DialSipResponseCode);
  if (status === null) return noAnswer.codeless;
  if (isContradicted(status, DialCallStatus)) return noAnswer.contradicted;
  const dialled = dialledBy(value, query["uri"]);
  if (dialled === null)
    return ignored("a Dial action that does not say whom it dialled: add ?uri= to its URL");
  const event = known({
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
 * Whom a Dial called: `uri` of the action's URL says so, which the signature covers; a plus that was not percent-encoded
 * came as a space. `To` is the number or the domain at Twilio that the caller dialled, or, of a call of Twilio's own, who
 * was called first. It is taken only where the refusal is said of its call as well.
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

/** The Contacts that an SBC of the user's copied for Twilio to pass on: it passes headers that begin with X- only. */
function redirectContacts(fields: Readonly<Record<string, string>>): readonly string[] {
  const found = Object.entries(fields).find(([name]) => /^DialSipHeader_X-Redirect-Contact$/i.test(name));
  return found === undefined || found[1].trim() === "" ? [] : [found[1]];
}
