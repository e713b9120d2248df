import { expect, test } from "vitest";
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

test("a 301 that was not followed: what was dialled, and the Contact as it came", () => {
  expect(eventOf(json(moved))).toEqual({
    id: "c2c206bb-5539-47ff-b078-9b321158b959",
    occurredAt: "2026-11-22T13:15:02.903Z",
    method: "INVITE",
    requestUri: "sip:alice@127.0.0.2:15171",
    status: 301,
    reason: null,
    contacts: [`"Alice Example" <${target}>;expires=3600`],
    reasonHeaders: [],
    warnings: [],
    diversion: [],
    expires: null,
    callId: "9174988f-6119-1240-5194-9671d6f3a722",
    cseq: null,
    inDialog: false,
    followed: false,
    branchOutcomes: [],
  });
});

// when …, the leg says …, and the event …
const facts: [string, Variables, Partial<ReturnType<typeof eventOf>>][] = [
  ["the callee is gone", gone, { status: 410, reason: "Gone", contacts: [], followed: false }],
  [
    "a redirect was followed, the 410 is the second telephone's",
    followedToGone,
    { status: 410, requestUri: "sip:tmp410@127.0.0.2:15182", followed: true },
  ],
  [
    "a redirect was followed for a caller, who has its Contacts; this leg has parts of one",
    { ...gone, sip_redirect_contact_user_0: "bob" },
    { status: 410, followed: true },
  ],
  [
    "a redirect was followed, and the second answer is a 301 without a Contact",
    { ...gone, sip_redirected_to: "sip:x@y.example", proto_specific_hangup_cause: "sip:301" },
    { status: 301, contacts: [], followed: true },
  ],
  [
    "a redirect was followed and answered: that the second telephone lives",
    { ...answered, sip_redirected_to: "sip:x@y.example" },
    { status: 200, followed: true },
  ],
  [
    "a 302 was not followed",
    { ...moved, proto_specific_hangup_cause: "sip:302" },
    { status: 302, followed: false },
  ],
  [
    "a 410 comes with a Reason, which may veto it",
    { ...gone, sip_reason: 'Q.850;cause=23;text="redirection"' },
    { reasonHeaders: ['Q.850;cause=23;text="redirection"'] },
  ],
  [
    "a 410 ends with another cause than 22: its Reason said so",
    {
      ...gone,
      hangup_cause: "REDIRECTION_TO_NEW_DESTINATION",
      hangup_cause_q850: "23",
      sip_term_cause: "23",
    },
    { status: 410, reasonHeaders: ["Q.850;cause=23"] },
  ],
  [
    "a 410 comes beside a cancelled call",
    { ...gone, hangup_cause: "ORIGINATOR_CANCEL", hangup_cause_q850: "16" },
    { reasonHeaders: ["Q.850;cause=16"] },
  ],
  [
    "a 410 has a Reason of FreeSWITCH's own, and a cause beside it",
    { ...gone, sip_reason: "FreeSWITCH;cause=23", sip_term_cause: "23" },
    { reasonHeaders: ["FreeSWITCH;cause=23", "Q.850;cause=23"] },
  ],
  [
    "the variables of a redirect are there and empty",
    { ...gone, sip_redirected_to: "", sip_redirect_contact_0: "" },
    { status: 410, followed: false },
  ],
  [
    "the call was answered, and has the Contacts of the leg to which it was bridged",
    { ...answered, sip_redirected_to: "<sip:x@y.example>", sip_redirect_contact_0: "<sip:x@y.example>" },
    { status: 200, followed: false },
  ],
  [
    "a 410 has the Contacts of a redirect",
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
    "a 301 has several Contacts: all of them, whole and in order",
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
    {
      contacts: ["<tel:+49301234567>"],
    },
  ],
  [
    "the other fields lie of a 301: 487, CANCEL, REQUESTED_CHAN_UNAVAIL",
    { ...moved, hangup_cause: "NUMBER_CHANGED", hangup_cause_q850: "22" },
    { status: 301, reason: null },
  ],
  [
    "the code stands in sip_term_status only",
    { ...goneWithoutCode, sip_term_status: "410" },
    { status: 410 },
  ],
  [
    "a redirect was forwarded by somebody",
    { ...moved, sip_redirected_by: "<sip:a@pbx.example>;reason=unconditional" },
    { diversion: ["<sip:a@pbx.example>;reason=unconditional"] },
  ],
  [
    "the call was answered, and the callee hung up: it was reachable when it answered",
    answered,
    { status: 200, inDialog: false, followed: false, occurredAt: "2026-11-22T13:15:03.500Z" },
  ],
  [
    "the call was answered, and we hung up: nothing has a code",
    { ...answered, proto_specific_hangup_cause: "", sip_term_status: "", sip_hangup_disposition: "send_bye" },
    { status: 200 },
  ],
  [
    "the call was answered, and a re-INVITE or BYE got 410: about the other telephone",
    { ...answered, proto_specific_hangup_cause: "sip:410", sip_term_status: "410" },
    { status: 410, inDialog: true },
  ],
  [
    "the way to the callee is in the URI: it is not on the wire",
    { ...gone, sip_destination_url: "sip:bob@pbx.example;fs_path=sip:10.0.0.1:5080;transport=tcp" },
    { requestUri: "sip:bob@pbx.example;transport=tcp" },
  ],
  [
    "the URI has a name and brackets",
    { ...gone, sip_destination_url: '"B" <sip:bob@pbx.example;fs_path=sip:10.0.0.1>' },
    { requestUri: "sip:bob@pbx.example" },
  ],
  [
    "there is no sip_destination_url",
    { ...gone, sip_destination_url: "" },
    { requestUri: "sip:bob@127.0.0.2:15176" },
  ],
  [
    "the dialplan sets another Request-URI",
    { ...gone, sip_invite_req_uri: "sip:other@pbx.example" },
    { requestUri: "sip:other@pbx.example" },
  ],
  [
    "an address has a plus",
    { ...gone, sip_destination_url: "sip:+4930123@pbx.example" },
    {
      requestUri: "sip:+4930123@pbx.example",
    },
  ],
  [
    "there are only whole seconds: the end of that second",
    { ...gone, end_uepoch: "" },
    { occurredAt: "2026-11-22T13:15:02.999Z" },
  ],
  ["there is no time at all", { ...gone, end_uepoch: "0", end_epoch: "0" }, { occurredAt: null }],
];
test.for(facts)("when %s", ([, variables, expected]) => {
  expect(eventOf(json(variables))).toMatchObject(expected);
  expect(eventOf(json(variables, { encode: true }))).toMatchObject(expected);
  expect(eventOf(socketEvent(variables))).toMatchObject(expected);
});

test("where the channel's data are not posted, the variables have the direction", () => {
  expect(eventOf(JSON.stringify({ variables: gone }))).toEqual(eventOf(json(gone)));
});

// a leg that …, because it is …
const ignored: [string, string, string][] = [
  ["is the caller's, whatever the callee's said", json(callersLeg), "the caller's leg"],
  ["is the caller's, by the event socket", socketEvent(callersLeg), "the caller's leg"],
  [
    "has a Q.850 cause and no SIP code: NUMBER_CHANGED need not be a 410",
    json({ ...goneWithoutCode, sip_invite_failure_status: "410" }),
    "a call without a final answer",
  ],
  [
    "was followed to a tel: URI, which FreeSWITCH calls 900",
    json({ ...gone, proto_specific_hangup_cause: "sip:900", sip_term_status: "900" }),
    "a status of FreeSWITCH's own",
  ],
  [
    "was redirected, with the target and without the code",
    json({ ...movedWithoutCode, hangup_cause: "REDIRECTION_TO_NEW_DESTINATION", hangup_cause_q850: "23" }),
    "a redirect whose code FreeSWITCH did not keep",
  ],
  [
    "was marked as answered by the dialplan, and cancelled",
    json({
      ...answered,
      proto_specific_hangup_cause: "",
      sip_term_status: "",
      sip_hangup_disposition: "send_cancel",
    }),
    "a call without a final answer",
  ],
  [
    "got 200 without an answer",
    json({ ...answered, answer_epoch: "0", answer_uepoch: "0" }),
    "a call without a final answer",
  ],
  ["rang", json({ ...gone, proto_specific_hangup_cause: "sip:183" }), "a call without a final answer"],
  [
    "is no SIP",
    json({ direction: "outbound", uuid: "1", proto_specific_hangup_cause: "sip:410" }),
    "a leg that is not SIP",
  ],
  [
    "is told of in another event",
    socketEvent(gone, "CHANNEL_HANGUP"),
    "another event than CHANNEL_HANGUP_COMPLETE",
  ],
];
test.for(ignored)("a leg that %s is ignored", ([, body, reason]) => {
  expect(read(body)).toEqual({ kind: "ignored", reason });
});
