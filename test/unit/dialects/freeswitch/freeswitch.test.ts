import { expect, test } from "vitest";
import { moved as movedCall } from "../../../support/call.ts";
import {
  answered,
  callersLeg,
  followedToGone,
  gone,
  json,
  moved,
  severalContacts,
  socketEvent,
  target,
  type Variables,
} from "../../../support/pbx/freeswitch-cdr.ts";
import { eventOf, read } from "./event.ts";

const { proto_specific_hangup_cause: _, sip_term_status: __, ...goneWithoutCode } = gone;
const { proto_specific_hangup_cause: ___, ...movedWithoutCode } = moved;

test("a 301 that was not followed gives the dialled address and the Contact as received", () => {
  expect(eventOf(json(moved))).toEqual({
    ...movedCall,
    id: "c2c206bb-5539-47ff-b078-9b321158b959",
    occurredAt: "2026-11-22T13:15:02.903Z",
    requestUri: "sip:alice@127.0.0.2:15171",
    reason: null,
    contacts: [`"Alice Example" <${target}>;expires=3600`],
    callId: "9174988f-6119-1240-5194-9671d6f3a722",
    cseq: null,
  });
});

// when …, the leg's variables are …, and the event has …
const facts: [string, Variables, Partial<ReturnType<typeof eventOf>>][] = [
  ["the callee is gone", gone, { status: 410, reason: "Gone", contacts: [], followed: false }],
  [
    "a redirect was followed and the second phone sent the 410",
    followedToGone,
    { status: 410, requestUri: "sip:tmp410@127.0.0.2:15182", followed: true },
  ],
  [
    "a redirect was followed: the caller's leg has its Contacts, this leg has only parts of one",
    { ...gone, sip_redirect_contact_user_0: "bob" },
    { status: 410, followed: true },
  ],
  [
    "a redirect was followed, and the second response is a 301 without a Contact",
    { ...gone, sip_redirected_to: "sip:x@y.example", proto_specific_hangup_cause: "sip:301" },
    { status: 301, contacts: [], followed: true },
  ],
  [
    "a redirect was followed and the second phone answered, so that it is reachable",
    { ...answered, sip_redirected_to: "sip:x@y.example" },
    { status: 200, followed: true },
  ],
  [
    "a 302 was not followed",
    { ...moved, proto_specific_hangup_cause: "sip:302" },
    { status: 302, followed: false },
  ],
  [
    "a 410 has a Reason header, which may veto it",
    { ...gone, sip_reason: 'Q.850;cause=23;text="redirection"' },
    { reasonHeaders: ['Q.850;cause=23;text="redirection"'] },
  ],
  [
    "a 410 ends with a cause other than 22, which its Reason header gave",
    {
      ...gone,
      hangup_cause: "REDIRECTION_TO_NEW_DESTINATION",
      hangup_cause_q850: "23",
      sip_term_cause: "23",
    },
    { status: 410, reasonHeaders: ["Q.850;cause=23"] },
  ],
  [
    "a 410 arrives while the call is cancelled",
    { ...gone, hangup_cause: "ORIGINATOR_CANCEL", hangup_cause_q850: "16" },
    { reasonHeaders: ["Q.850;cause=16"] },
  ],
  [
    "a 410 has a Reason that FreeSWITCH made, and another cause",
    { ...gone, sip_reason: "FreeSWITCH;cause=23", sip_term_cause: "23" },
    { reasonHeaders: ["FreeSWITCH;cause=23", "Q.850;cause=23"] },
  ],
  [
    "the variables of a redirect are empty",
    { ...gone, sip_redirected_to: "", sip_redirect_contact_0: "" },
    { status: 410, followed: false },
  ],
  [
    "the call was answered and carries the Contacts of the leg to which it was bridged",
    { ...answered, sip_redirected_to: "<sip:x@y.example>", sip_redirect_contact_0: "<sip:x@y.example>" },
    { status: 200, followed: false },
  ],
  [
    "a 410 carries the Contacts of an earlier redirect",
    { ...gone, sip_redirect_contact_0: "<sip:x@y.example>" },
    { status: 410, followed: true },
  ],
  [
    "a 301 has no Contact",
    {
      ...gone,
      proto_specific_hangup_cause: "sip:301",
      sip_term_status: "301",
      sip_invite_failure_status: "487",
    },
    { status: 301, contacts: [], followed: false, reason: null },
  ],
  [
    "a 301 has several Contacts, which are all kept, whole and in order",
    {
      ...moved,
      sip_redirect_contact_10: "<sip:l@x.example>",
      ...Object.fromEntries(severalContacts.map((contact, i) => [`sip_redirect_contact_${i}`, contact])),
      sip_redirect_contact_user_1: "alice",
    },
    { contacts: [...severalContacts, "<sip:l@x.example>"] },
  ],
  [
    "a Contact is a telephone number",
    { ...moved, sip_redirect_contact_0: "<tel:+49301234567>" },
    { contacts: ["<tel:+49301234567>"] },
  ],
  [
    "the other fields contradict a 301: 487, CANCEL, REQUESTED_CHAN_UNAVAIL",
    { ...moved, hangup_cause: "NUMBER_CHANGED", hangup_cause_q850: "22" },
    { status: 301, reason: null },
  ],
  ["only sip_term_status has the code", { ...goneWithoutCode, sip_term_status: "410" }, { status: 410 }],
  [
    "a redirect has a Diversion header",
    { ...moved, sip_redirected_by: "<sip:a@pbx.example>;reason=unconditional" },
    { diversion: ["<sip:a@pbx.example>;reason=unconditional"] },
  ],
  [
    "the callee answered and hung up, so that it was reachable when it answered",
    answered,
    { status: 200, inDialog: false, followed: false, occurredAt: "2026-11-22T13:15:03.500Z" },
  ],
  [
    "the call was answered and we hung up, so that no field has a code",
    { ...answered, proto_specific_hangup_cause: "", sip_term_status: "", sip_hangup_disposition: "send_bye" },
    { status: 200 },
  ],
  [
    "the call was answered, and a later re-INVITE or BYE got a 410",
    { ...answered, proto_specific_hangup_cause: "sip:410", sip_term_status: "410" },
    { status: 410, inDialog: true },
  ],
  [
    "the URI has a route to the callee, which is not sent on the wire",
    { ...gone, sip_destination_url: "sip:bob@pbx.example;fs_path=sip:10.0.0.1:5080;transport=tcp" },
    { requestUri: "sip:bob@pbx.example;transport=tcp" },
  ],
  [
    "the URI has a display name and angle brackets",
    { ...gone, sip_destination_url: '"B" <sip:bob@pbx.example;fs_path=sip:10.0.0.1>' },
    { requestUri: "sip:bob@pbx.example" },
  ],
  [
    "there is no sip_destination_url",
    { ...gone, sip_destination_url: "" },
    { requestUri: "sip:bob@127.0.0.2:15176" },
  ],
  [
    "the dialplan sets a different Request-URI",
    { ...gone, sip_invite_req_uri: "sip:other@pbx.example" },
    { requestUri: "sip:other@pbx.example" },
  ],
  [
    "the address has a plus",
    { ...gone, sip_destination_url: "sip:+4930123@pbx.example" },
    { requestUri: "sip:+4930123@pbx.example" },
  ],
  [
    "the time is in whole seconds, so that the event gets the end of that second",
    { ...gone, end_uepoch: "" },
    { occurredAt: "2026-11-22T13:15:02.999Z" },
  ],
  ["there is no time", { ...gone, end_uepoch: "0", end_epoch: "0" }, { occurredAt: null }],
];
test.for(facts)("when %s", ([, variables, expected]) => {
  expect(eventOf(json(variables))).toMatchObject(expected);
  expect(eventOf(json(variables, { encode: true }))).toMatchObject(expected);
  expect(eventOf(socketEvent(variables))).toMatchObject(expected);
});

test("the direction is read from the variables if the channel data are missing", () => {
  expect(eventOf(JSON.stringify({ variables: gone }))).toEqual(eventOf(json(gone)));
});

// a leg that … is ignored, because it is …
const ignored: [string, string, string][] = [
  ["is the caller's, whatever code the callee's leg had", json(callersLeg), "the caller's leg"],
  ["is the caller's, from the event socket", socketEvent(callersLeg), "the caller's leg"],
  [
    "has a Q.850 cause but no SIP code, because NUMBER_CHANGED need not mean a 410",
    json({ ...goneWithoutCode, sip_invite_failure_status: "410" }),
    "a call without a final answer",
  ],
  [
    "followed a redirect to a tel: URI, which FreeSWITCH reports as 900",
    json({ ...gone, proto_specific_hangup_cause: "sip:900", sip_term_status: "900" }),
    "a status of FreeSWITCH's own",
  ],
  [
    "was redirected and has the target but not the code",
    json({ ...movedWithoutCode, hangup_cause: "REDIRECTION_TO_NEW_DESTINATION", hangup_cause_q850: "23" }),
    "a redirect whose code FreeSWITCH did not keep",
  ],
  [
    "was marked as answered by the dialplan, then cancelled",
    json({
      ...answered,
      proto_specific_hangup_cause: "",
      sip_term_status: "",
      sip_hangup_disposition: "send_cancel",
    }),
    "a call without a final answer",
  ],
  [
    "got a 200 but was not answered",
    json({ ...answered, answer_epoch: "0", answer_uepoch: "0" }),
    "a call without a final answer",
  ],
  ["rang", json({ ...gone, proto_specific_hangup_cause: "sip:183" }), "a call without a final answer"],
  [
    "does not use SIP",
    json({ direction: "outbound", uuid: "1", proto_specific_hangup_cause: "sip:410" }),
    "a leg that is not SIP",
  ],
  [
    "comes in another event",
    socketEvent(gone, "CHANNEL_HANGUP"),
    "another event than CHANNEL_HANGUP_COMPLETE",
  ],
];
test.for(ignored)("a leg that %s is ignored", ([, body, reason]) => {
  expect(read(body)).toEqual({ kind: "ignored", reason });
});
