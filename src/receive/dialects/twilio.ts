import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { isSuccess } from "../../domain/event.ts";
import { answeredAt, callFields, idOf, isOver, readFields, writeCall } from "./call-form.ts";
import { dialledUri, finalCode, noAnswer } from "./outbound-call.ts";
import { events, type Incoming, ignored, type Translation, type Translator } from "./translator.ts";
import { known } from "./values.ts";

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
export const twilio: Translator = {
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
  const dialled = dialledBy(value, query["uri"]);
  if (dialled === null) return ignored("a Dial action that does not say whom it dialled");
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
 * Whom a Dial called: `uri` of the action's URL says so, which the signature covers. `To` is the number or the domain at
 * Twilio that the caller dialled, or, of a call of Twilio's own, who was called first; neither is whom the Dial called.
 */
function dialledBy({ To, Called, Direction }: Callback, uri: string | undefined): string | null {
  if (uri !== undefined) return uri;
  const to = To ?? Called ?? "";
  const [, host = "twilio.com"] = /^sips?:[^@]*@([\w.-]+)/i.exec(to) ?? [];
  const isElsewhere = !/(?:^|\.)twilio\.com$/i.test(host);
  return isElsewhere && Direction === "inbound" ? to : null;
}

/** The Contacts that an SBC of the user's copied for Twilio to pass on: it passes headers that begin with X- only. */
function redirectContacts(fields: Readonly<Record<string, string>>): readonly string[] {
  const found = Object.entries(fields).find(([name]) => /^DialSipHeader_X-Redirect-Contact$/i.test(name));
  return found === undefined || found[1].trim() === "" ? [] : [found[1]];
}
