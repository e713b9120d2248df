import { describe, expect, test } from "vitest";
import { twilioForm } from "../../../support/pbx/hooks.ts";
import { testRefusedBodies, testRefusingWriter, testReports } from "../shared/tables.ts";
import { changed, contradicted, translate } from "../shared/translated.ts";

type Fields = Readonly<Record<string, string | null>>;

const translateCallback = (fields: Fields) => translate("twilio", changed(twilioForm, fields));

describe("a StatusCallback", () => {
  testReports("a callback", {
    read: translateCallback,
    events: [
      [
        "a 410",
        {},
        {
          id: "CA00000000000000000000000000000001-2",
          requestUri: "sip:alice@pbx.example.net",
          status: 410,
          contacts: [],
          // The end of the second that the callback named.
          occurredAt: "2026-11-22T13:01:32.999Z",
        },
      ],
      ["a 301, but not its target", { SipResponseCode: "301" }, { status: 301, contacts: [] }],
      ["a leg of a Dial", { Direction: "outbound-dial" }, { status: 410 }],
      ["a number", { To: "+49301234567" }, { requestUri: "tel:+49301234567" }],
      [
        "INVITE headers in the URI",
        { To: "sip:alice@pbx.example.net:5061;transport=tls?X-Id=7" },
        { requestUri: "sip:alice@pbx.example.net:5061;transport=tls" },
      ],
      ["a question mark in the user", { To: "sip:a?b@x.example" }, { requestUri: "sip:a?b@x.example" }],
      ["Called alone", { To: null }, { requestUri: "sip:alice@pbx.example.net" }],
      [
        "an answered call, at the time of the answer",
        { CallStatus: "completed", SipResponseCode: "200", Duration: "2", CallDuration: "92" },
        { status: 200, occurredAt: "2026-11-22T13:00:00.999Z" },
      ],
      ["a code after an answer", { CallStatus: "completed" }, { status: 410, inDialog: true }],
      ["a busy callee", { CallStatus: "busy", SipResponseCode: "486" }, { status: 486 }],
      [
        "a time in another zone",
        { Timestamp: "Sun, 22 Nov 2026 14:01:32 +0100" },
        { occurredAt: "2026-11-22T13:01:32.999Z" },
      ],
      ["an invalid time", { Timestamp: "soon" }, { occurredAt: null }],
    ],
    others: [
      ["a call that rings", { CallStatus: "ringing" }, "ignored: a call that is not over"],
      ["a call that goes on", { CallStatus: "in-progress" }, "ignored: a call that is not over"],
      ["a caller's call", { Direction: "inbound" }, "ignored: a call that came in"],
      ["no SIP code", { SipResponseCode: null }, "ignored: a call without a SIP code"],
      ["a 410 of a cancelled call", { CallStatus: "canceled" }, contradicted],
      ["a 410 of a busy callee", { CallStatus: "busy" }, contradicted],
      ["a 410 of an unanswered call", { CallStatus: "no-answer" }, contradicted],
      ["no call", { CallSid: null }, "refused /CallSid"],
    ],
  });
});

describe("the action of a Dial", () => {
  const action =
    "Called=sip%3Aalice%40pbx.example.net&Caller=%2B15551230000&From=%2B15551230000&To=sip%3Aalice%40pbx.example.net" +
    "&CallSid=CA00000000000000000000000000000001&Direction=inbound&CallStatus=in-progress&SequenceNumber=2" +
    "&Timestamp=Sun%2C+22+Nov+2026+13%3A01%3A32+%2B0000&CallDuration=0&SipResponseCode=200&DialCallStatus=failed" +
    "&DialCallSid=CA00000000000000000000000000000002&DialSipCallId=f3a1%400.0.0.0&DialSipResponseCode=410" +
    "&DialSipHeader_X-Redirect-Contact=";
  const alice = { uri: "sip:alice@pbx.example.net" };
  const translateWith = (fields: Fields, query: Readonly<Record<string, string>> = alice) =>
    translate("twilio", changed(action, fields), query);

  testReports("an action", {
    read: translateWith,
    events: [
      [
        "a 410, from the call that was dialled, not from the call that dials",
        {},
        {
          id: "CA00000000000000000000000000000002-dial",
          requestUri: "sip:alice@pbx.example.net",
          status: 410,
          callId: "f3a1@0.0.0.0",
          contacts: [],
          occurredAt: "2026-11-22T13:01:32.999Z",
        },
      ],
      ["a 301 but not its target", { DialSipResponseCode: "301" }, { status: 301, contacts: [] }],
      [
        "a 301 whose Contact the user's SBC copied into a header",
        {
          DialSipResponseCode: "301",
          "DialSipHeader_X-Redirect-Contact": '"Alice" <sip:alice@new.example;transport=tcp>;expires=60',
        },
        { status: 301, contacts: ['"Alice" <sip:alice@new.example;transport=tcp>;expires=60'] },
      ],
      [
        "the same header in another case",
        {
          DialSipResponseCode: "301",
          "DialSipHeader_x-redirect-contact": "<sip:a@new.example>",
          "DialSipHeader_X-Redirect-Contact": null,
        },
        { contacts: ["<sip:a@new.example>"] },
      ],
      [
        "an answer",
        { DialCallStatus: "completed", DialSipResponseCode: "200" },
        { status: 200, inDialog: false },
      ],
      [
        "an answer, at the time of the answer",
        { DialCallStatus: "completed", DialSipResponseCode: "200", DialCallDuration: "92" },
        { occurredAt: "2026-11-22T13:00:00.999Z" },
      ],
      ["a code after an answer", { DialCallStatus: "completed" }, { status: 410, inDialog: true }],
      ["no time", { Timestamp: null }, { occurredAt: null }],
    ],
    others: [
      ["a 410 of a cancelled call", { DialCallStatus: "canceled" }, contradicted],
      ["a 410 of a busy callee", { DialCallStatus: "busy" }, contradicted],
      ["a 410 of an unanswered call", { DialCallStatus: "no-answer" }, contradicted],
      ["no SIP code", { DialSipResponseCode: null }, "ignored: a call without a SIP code"],
    ],
  });

  test("names the dialled address in its URL", () => {
    const outgoing = { Direction: "outbound-api", To: "+15551230000" };
    expect(translateWith(outgoing, { uri: "sip:bob@pbx.example.net" })).toMatchObject({
      requestUri: "sip:bob@pbx.example.net",
      status: 410,
    });
  });

  // uri=… is read as …: a plus that was not encoded arrives as a space
  const numbers: [string, string][] = [
    ["+49301234567", "tel:+49301234567"],
    [" 49301234567", "tel:+49301234567"],
    ["tel: 49301234567", "tel:+49301234567"],
    ["sip: 49301234567@pbx.example.net", "sip:+49301234567@pbx.example.net"],
  ];
  test.for(numbers)("with uri=%s is read as a call to %s", ([uri, requestUri]) => {
    expect(translateWith({}, { uri })).toMatchObject({ requestUri });
  });

  const refusedItself = { SipResponseCode: "410" };
  test("uses To if the refusal is also reported for the call itself", () => {
    expect(translateWith(refusedItself, {})).toMatchObject({ requestUri: alice.uri, status: 410 });
  });

  // `To` is …, so the address that the Dial called is unknown
  const ofTheCaller: [string, Fields][] = [
    ["the number that the caller dialled", { To: "+15551230000" }],
    ["the caller's domain at Twilio", { To: "sip:alice@acme.sip.twilio.com" }],
    ["that domain in a region", { To: "sip:alice@acme.sip.ie1.twilio.com;transport=tls" }],
    ["the address that Twilio called first", { Direction: "outbound-api" }],
    ["a numbered address", { To: "sip:ip1@198.51.100.7" }],
    ["answered itself", { SipResponseCode: "200" }],
    ["that of a call without its own code", { SipResponseCode: null }],
    [
      "that of an answered call, like the dialled one",
      { SipResponseCode: "200", DialSipResponseCode: "200" },
    ],
    ["missing", { To: null, Called: null }],
  ];
  test.for(ofTheCaller)("is ignored if To is %s", ([, fields]) => {
    expect(translateWith({ ...refusedItself, ...fields }, {})).toBe(
      "ignored: a Dial action that does not say whom it dialled: add ?uri= to its URL",
    );
  });
});

testRefusedBodies("twilio", ["", "{", "[]", '{"CallSid":{}}']);
testRefusingWriter("twilio");
