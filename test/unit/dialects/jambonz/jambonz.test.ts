import { expect, test } from "vitest";
import { contradicted, told, unsayable, written } from "../shared/translated.ts";

const hook = {
  call_sid: "64883657-03c3-4987-87a1-316b4b25ca4b",
  direction: "outbound",
  from: "+441179830003",
  to: "sip:alice@pbx.example.net",
  call_id: "3e932dba-47be-123a-efa6-02af80f5881b",
  sip_status: 410,
  sip_reason: "Gone",
  call_status: "failed",
  account_sid: "9351f46a-678c-43f5-b8a6-d4eb58d131af",
  trace_id: "0af7651916cd43dd8448eb211c80319c",
  application_sid: "0e0681b0-d49f-4fb8-b973-b5a3c6758de1",
  fs_sip_address: "10.0.0.5:5060",
};
const tell = (fields: Readonly<Record<string, unknown>>) =>
  told("jambonz", JSON.stringify({ ...hook, ...fields }));

// a hook with … is an event with …
const events: [string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>][] = [
  [
    "a 410",
    {},
    {
      id: "64883657-03c3-4987-87a1-316b4b25ca4b-failed",
      requestUri: "sip:alice@pbx.example.net",
      status: 410,
      reason: "Gone",
      callId: hook.call_id,
      contacts: [],
      // Its hooks have no time: it is the one of receipt.
      occurredAt: null,
    },
  ],
  [
    "a 301, without the target",
    { sip_status: 301, sip_reason: "Moved Permanently" },
    { status: 301, contacts: [] },
  ],
  ["a busy callee", { sip_status: 486, call_status: "busy" }, { status: 486 }],
  ["a callee that does not answer", { sip_status: 480, call_status: "no-answer" }, { status: 480 }],
  ["an answer", { sip_status: 200, call_status: "in-progress" }, { status: 200, inDialog: false }],
  ["a number", { to: "+49301234567" }, { requestUri: "tel:+49301234567" }],
  ["a user of a host", { to: "alice@pbx.example.net" }, { requestUri: "sip:alice@pbx.example.net" }],
  ["a status that is text", { sip_status: "410" }, { status: 410 }],
  ["no phrase and no Call-ID", { sip_reason: null, call_id: undefined }, { reason: null, callId: null }],
];
test.for(events)("%s is told", ([, fields, event]) => {
  expect(tell(fields)).toMatchObject(event);
});

// a hook with … is …
const passedOver: [string, Readonly<Record<string, unknown>>, string][] = [
  ["a call that rings", { sip_status: 180, call_status: "ringing" }, "ignored: a call that is not over"],
  ["a call that begins", { sip_status: 100, call_status: "trying" }, "ignored: a call that is not over"],
  ["early media", { sip_status: 183, call_status: "early-media" }, "ignored: a call that is not over"],
  [
    "the end of a call",
    { sip_status: 200, call_status: "completed", duration: 3600 },
    "ignored: the end of a call, whose answer was told when it came",
  ],
  ["a caller's call", { direction: "inbound" }, "ignored: a call that came in"],
  ["no SIP code", { sip_status: undefined }, "ignored: a call without a SIP code"],
  ["a code of its own", { sip_status: 900 }, "ignored: a call without a SIP code"],
  ["a 410 of a busy callee", { call_status: "busy" }, contradicted],
  ["a 410 of nobody", { call_status: "no-answer" }, contradicted],
  ["no destination", { to: undefined }, "refused /to"],
  ["a status that is none", { sip_status: {} }, "refused /sip_status"],
];
test.for(passedOver)("%s changes nothing", ([, fields, reason]) => {
  expect(tell(fields)).toBe(reason);
});

test.for(["", "call_sid=1", "[]", "null", "{}"])("%j is refused", (body) => {
  expect(told("jambonz", body)).toMatch(/^refused/);
});

test("the answer and the refusal of a call are two reports, a hook that comes again is the same", () => {
  const answer = tell({ sip_status: 200, call_status: "in-progress" });
  expect(answer).not.toMatchObject({ id: `${hook.call_sid}-failed` });
  expect(tell({ sip_reason: "gone" })).toMatchObject({ id: `${hook.call_sid}-failed` });
});

test.for(unsayable)("%s is not written", ([, fields]) => {
  expect(written("jambonz", fields)).toBeNull();
});
