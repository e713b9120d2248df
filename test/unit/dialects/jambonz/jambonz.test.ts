import { expect, test } from "vitest";
import { jambonzHook as hook } from "../../../support/pbx/hooks.ts";
import { testRefusedBodies, testRefusingWriter, testReports } from "../shared/tables.ts";
import { contradicted, translate } from "../shared/translated.ts";

const translateWith = (fields: Readonly<Record<string, unknown>>) =>
  translate("jambonz", JSON.stringify({ ...hook, ...fields }));

testReports("a hook", {
  read: translateWith,
  events: [
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
        // jambonz hooks carry no time, so the time of receipt counts.
        occurredAt: null,
      },
    ],
    [
      "a 301, but not its target",
      { sip_status: 301, sip_reason: "Moved Permanently" },
      { status: 301, contacts: [] },
    ],
    ["a busy callee", { sip_status: 486, call_status: "busy" }, { status: 486 }],
    ["a callee that does not answer", { sip_status: 480, call_status: "no-answer" }, { status: 480 }],
    ["an answer", { sip_status: 200, call_status: "in-progress" }, { status: 200, inDialog: false }],
    ["a number", { to: "+49301234567" }, { requestUri: "tel:+49301234567" }],
    ["a user at a host", { to: "alice@pbx.example.net" }, { requestUri: "sip:alice@pbx.example.net" }],
    ["a status given as text", { sip_status: "410" }, { status: 410 }],
    [
      "neither a reason phrase nor a Call-ID",
      { sip_reason: null, call_id: undefined },
      { reason: null, callId: null },
    ],
  ],
  others: [
    ["a call that rings", { sip_status: 180, call_status: "ringing" }, "ignored: a call that is not over"],
    ["a call that begins", { sip_status: 100, call_status: "trying" }, "ignored: a call that is not over"],
    ["early media", { sip_status: 183, call_status: "early-media" }, "ignored: a call that is not over"],
    [
      "the end of a call",
      { sip_status: 200, call_status: "completed", duration: 3600 },
      "ignored: the end of a call, whose answer was reported earlier",
    ],
    ["an incoming call", { direction: "inbound" }, "ignored: a call that came in"],
    ["no SIP code", { sip_status: undefined }, "ignored: a call without a SIP code"],
    ["a status that is not a SIP code", { sip_status: 900 }, "ignored: a call without a SIP code"],
    ["a 410 of a busy callee", { call_status: "busy" }, contradicted],
    ["a 410 of an unanswered call", { call_status: "no-answer" }, contradicted],
    ["no destination", { to: undefined }, "refused /to"],
    ["an invalid status", { sip_status: {} }, "refused /sip_status"],
  ],
});

testRefusedBodies("jambonz", ["", "call_sid=1", "[]", "null", "{}"]);

test("the answer and the refusal of a call are two reports, and a repeated hook is a duplicate", () => {
  const answer = translateWith({ sip_status: 200, call_status: "in-progress" });
  expect(answer).not.toMatchObject({ id: `${hook.call_sid}-failed` });
  expect(translateWith({ sip_reason: "gone" })).toMatchObject({ id: `${hook.call_sid}-failed` });
});

testRefusingWriter("jambonz");
