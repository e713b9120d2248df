import { describe, expect, test } from "vitest";
import { changed, contradicted, told, unsayable, written } from "../shared/translated.ts";

type Fields = Readonly<Record<string, string | null>>;
type Event = Readonly<Record<string, unknown>>;

describe("a StatusCallback", () => {
  const callback =
    "Called=sip%3Aalice%40pbx.example.net&Caller=%2B15551230000&From=%2B15551230000&To=sip%3Aalice%40pbx.example.net" +
    "&CallSid=CA00000000000000000000000000000001&AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01" +
    "&Direction=outbound-api&CallStatus=failed&CallbackSource=call-progress-events&SequenceNumber=2" +
    "&Timestamp=Sun%2C+22+Nov+2026+13%3A01%3A32+%2B0000&Duration=0&CallDuration=0&SipResponseCode=410";
  const tell = (fields: Fields) => told("twilio", changed(callback, fields));

  // with … is an event with …
  const events: [string, Fields, Event][] = [
    [
      "a 410",
      {},
      {
        id: "CA00000000000000000000000000000001-2",
        requestUri: "sip:alice@pbx.example.net",
        status: 410,
        contacts: [],
        // The end of the second that it told.
        occurredAt: "2026-11-22T13:01:32.999Z",
      },
    ],
    ["a 301, without the target", { SipResponseCode: "301" }, { status: 301, contacts: [] }],
    ["a leg of a Dial", { Direction: "outbound-dial" }, { status: 410 }],
    ["a number", { To: "+49301234567" }, { requestUri: "tel:+49301234567" }],
    [
      "headers for the INVITE in the URI",
      { To: "sip:alice@pbx.example.net:5061;transport=tls?X-Id=7" },
      { requestUri: "sip:alice@pbx.example.net:5061;transport=tls" },
    ],
    ["a question mark in the user", { To: "sip:a?b@x.example" }, { requestUri: "sip:a?b@x.example" }],
    ["Called alone", { To: null }, { requestUri: "sip:alice@pbx.example.net" }],
    [
      "an answered call, when it was answered",
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
    ["a time that is none", { Timestamp: "soon" }, { occurredAt: null }],
  ];
  test.for(events)("with %s is told", ([, fields, event]) => {
    expect(tell(fields)).toMatchObject(event);
  });

  // with … is …
  const passedOver: [string, Fields, string][] = [
    ["a call that rings", { CallStatus: "ringing" }, "ignored: a call that is not over"],
    ["a call that goes on", { CallStatus: "in-progress" }, "ignored: a call that is not over"],
    ["a caller's call", { Direction: "inbound" }, "ignored: a call that came in"],
    ["no SIP code", { SipResponseCode: null }, "ignored: a call without a SIP code"],
    ["a 410 of a cancelled call", { CallStatus: "canceled" }, contradicted],
    ["a 410 of a busy callee", { CallStatus: "busy" }, contradicted],
    ["a 410 of nobody", { CallStatus: "no-answer" }, contradicted],
    ["no call", { CallSid: null }, "refused /CallSid"],
  ];
  test.for(passedOver)("with %s changes nothing", ([, fields, reason]) => {
    expect(tell(fields)).toBe(reason);
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
  const tell = (fields: Fields, query: Readonly<Record<string, string>> = alice) =>
    told("twilio", changed(action, fields), query);

  // with … is an event with …
  const events: [string, Fields, Event][] = [
    [
      "a 410: the code of the call that was dialled, and not of the one that dials",
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
    ["a 301 without the target", { DialSipResponseCode: "301" }, { status: 301, contacts: [] }],
    [
      "a 301 whose Contact the user's SBC copied",
      {
        DialSipResponseCode: "301",
        "DialSipHeader_X-Redirect-Contact": '"Alice" <sip:alice@new.example;transport=tcp>;expires=60',
      },
      { status: 301, contacts: ['"Alice" <sip:alice@new.example;transport=tcp>;expires=60'] },
    ],
    [
      "that header in other letters",
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
      "an answer, when it came",
      { DialCallStatus: "completed", DialSipResponseCode: "200", DialCallDuration: "92" },
      { occurredAt: "2026-11-22T13:00:00.999Z" },
    ],
    ["a code after an answer", { DialCallStatus: "completed" }, { status: 410, inDialog: true }],
    ["no time", { Timestamp: null }, { occurredAt: null }],
  ];
  test.for(events)("with %s is told", ([, fields, event]) => {
    expect(tell(fields)).toMatchObject(event);
  });

  test("says in its URL whom it dialled", () => {
    const outgoing = { Direction: "outbound-api", To: "+15551230000" };
    expect(tell(outgoing, { uri: "sip:bob@pbx.example.net" })).toMatchObject({
      requestUri: "sip:bob@pbx.example.net",
      status: 410,
    });
  });

  // uri=… is read as …: a plus that nobody encoded arrives as a space
  const numbers: [string, string][] = [
    ["+49301234567", "tel:+49301234567"],
    [" 49301234567", "tel:+49301234567"],
    ["tel: 49301234567", "tel:+49301234567"],
    ["sip: 49301234567@pbx.example.net", "sip:+49301234567@pbx.example.net"],
  ];
  test.for(numbers)("with uri=%s dialled %s", ([uri, requestUri]) => {
    expect(tell({}, { uri })).toMatchObject({ requestUri });
  });

  const refusedItself = { SipResponseCode: "410" };
  test("takes To where the refusal is said of its call as well", () => {
    expect(tell(refusedItself, {})).toMatchObject({ requestUri: alice.uri, status: 410 });
  });

  // `To` is …, and no word about whom the Dial called
  const ofTheCaller: [string, Fields][] = [
    ["the number that the caller dialled", { To: "+15551230000" }],
    ["the caller's domain at Twilio", { To: "sip:alice@acme.sip.twilio.com" }],
    ["that domain in a region", { To: "sip:alice@acme.sip.ie1.twilio.com;transport=tls" }],
    ["whom Twilio called first", { Direction: "outbound-api" }],
    ["an address by its number", { To: "sip:ip1@198.51.100.7" }],
    ["answered itself", { SipResponseCode: "200" }],
    ["without a code of its own", { SipResponseCode: null }],
    ["answered, as what was dialled", { SipResponseCode: "200", DialSipResponseCode: "200" }],
    ["missing", { To: null, Called: null }],
  ];
  test.for(ofTheCaller)("is passed over where To is %s", ([, fields]) => {
    expect(tell({ ...refusedItself, ...fields }, {})).toBe(
      "ignored: a Dial action that does not say whom it dialled: add ?uri= to its URL",
    );
  });

  test.for(["canceled", "busy", "no-answer"])("with a 410 beside %s is passed over", (DialCallStatus) => {
    expect(tell({ DialCallStatus })).toBe(contradicted);
  });

  test("without a SIP code changes nothing", () => {
    expect(tell({ DialSipResponseCode: null })).toBe("ignored: a call without a SIP code");
  });
});

test.for(["", "{", "[]", '{"CallSid":{}}'])("%j is refused", (body) => {
  expect(told("twilio", body)).toMatch(/^refused/);
});

test.for(unsayable)("%s is not written", ([, fields]) => {
  expect(written("twilio", fields)).toBeNull();
});
