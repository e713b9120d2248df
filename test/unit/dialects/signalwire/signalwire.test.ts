import { expect, test } from "vitest";
import { testRefusedBodies, testRefusingWriter, testReports } from "../shared/tables.ts";
import { changed, contradicted, translate } from "../shared/translated.ts";

const callback =
  "AccountSid=b3877c40-da60-4998-90ad-b792e98472af&ApiVersion=2010-04-01&CallSid=b3877c40-da60-4998-90ad-b792e98472ca" +
  "&CallStatus=failed&CallbackSource=call-progress-events&Direction=outbound-api&From=%2B15551234567" +
  "&To=sip%3Aalice%40pbx.example.net&SequenceNumber=2&Timestamp=Sun%2C+22+Nov+2026+13%3A01%3A32+%2B0000" +
  "&SipResultCode=301&SipInviteResultPhrase=Moved+Permanently";
type Fields = Readonly<Record<string, string | null>>;
const translateWith = (fields: Fields) => translate("signalwire", changed(callback, fields));

testReports("a callback", {
  read: translateWith,
  events: [
    [
      "a 301, but not its target",
      {},
      {
        id: "b3877c40-da60-4998-90ad-b792e98472ca-2",
        requestUri: "sip:alice@pbx.example.net",
        status: 301,
        reason: "Moved Permanently",
        contacts: [],
        // The end of the second that the callback named.
        occurredAt: "2026-11-22T13:01:32.999Z",
      },
    ],
    ["a 410", { SipResultCode: "410", SipInviteResultPhrase: null }, { status: 410, reason: null }],
    ["a number", { To: "+49301234567" }, { requestUri: "tel:+49301234567" }],
    ["no sequence number", { SequenceNumber: null }, { id: "b3877c40-da60-4998-90ad-b792e98472ca-failed" }],
    ["no direction", { Direction: null }, { status: 301 }],
    [
      "an answered call, at the time of the answer",
      { CallStatus: "completed", SipResultCode: "200", CallDuration: "92" },
      { status: 200, occurredAt: "2026-11-22T13:00:00.999Z" },
    ],
    ["a code after an answer", { CallStatus: "completed", SipResultCode: "410" }, { inDialog: true }],
    ["an invalid time", { Timestamp: "soon" }, { occurredAt: null }],
    ["a time without a zone", { Timestamp: "Sun, 22 Nov 2026 13:01:32" }, { occurredAt: null }],
  ],
  others: [
    ["a call that rings", { CallStatus: "ringing" }, "ignored: a call that is not over"],
    ["an incoming call", { Direction: "inbound" }, "ignored: a call that came in"],
    ["no SIP code", { SipResultCode: null }, "ignored: a call without a SIP code"],
    ["a 410 of a cancelled call", { CallStatus: "canceled", SipResultCode: "410" }, contradicted],
    ["a 410 of a busy callee", { CallStatus: "busy", SipResultCode: "410" }, contradicted],
    ["a 410 of an unanswered call", { CallStatus: "no-answer", SipResultCode: "410" }, contradicted],
    ["no destination", { To: null }, "refused /To"],
    ["no call", { CallSid: null }, "refused /CallSid"],
  ],
});

test("a JSON body with the same fields is read the same", () => {
  const json = JSON.stringify({ ...Object.fromEntries(new URLSearchParams(callback)), SipResultCode: 301 });
  expect(translate("signalwire", json)).toEqual(translateWith({}));
});

testRefusedBodies("signalwire", ["", "{", "[]", '{"CallSid":{}}']);
testRefusingWriter("signalwire");
