import { expect, test } from "vitest";
import { testRefusingWriter } from "../shared/tables.ts";
import { changed, translate } from "../shared/translated.ts";

/** What the dialplan posted for a 410 with chan_pjsip. */
const gone =
  "uri=sip%3Abob%40127.0.0.2%3A15176&endpoint=outuser&opt=&dialstatus=CHANUNAVAIL&hangupcause=22&keys=PJSIP%2Foutuser-00000001&tech=SIP%20410%20Gone&ast=Number changed&forwarder=&dialedpeer=&uniqueid=1795354182.6&linkedid=1795354182.5&epoch=1795354182";
/** For a 301 that Asterisk followed. */
const followed =
  "uri=sip%3Aalice%40127.0.0.2%3A15171&endpoint=outuser&opt=&dialstatus=CHANUNAVAIL&hangupcause=3&keys=PJSIP%2Foutuser-00000000&tech=SIP%20100%20Trying&ast=Normal Clearing&forwarder=&dialedpeer=&uniqueid=1795354179.1&linkedid=1795354179.0&epoch=1795354179";
/** For a 301 without a Contact. */
const nowhere =
  "uri=sip%3Anoct%40127.0.0.2%3A15173&endpoint=outcore&opt=&dialstatus=NOANSWER&hangupcause=16&keys=PJSIP%2Foutcore-0000000d&tech=SIP%20301%20Moved%20Permanently&ast=Normal Clearing&forwarder=&dialedpeer=&uniqueid=1795354214.36&linkedid=1795354214.35&epoch=1795354214";
const translateWith = (fields: Readonly<Record<string, string | null>>, form = gone) =>
  translate("asterisk", changed(form, fields));

test("a 410 becomes an event at the end of its second", () => {
  expect(translateWith({})).toMatchObject({
    requestUri: "sip:bob@127.0.0.2:15176",
    status: 410,
    reason: "Gone",
    contacts: [],
    callId: "1795354182.6",
    occurredAt: "2026-11-22T13:29:42.999Z",
  });
});

test("a 301 without a target becomes an event without Contacts", () => {
  expect(translateWith({}, nowhere)).toMatchObject({ status: 301, contacts: [] });
});

// a call with … is ignored, because it is …
const ignored: [string, Readonly<Record<string, string | null>>, string][] = [
  [
    "the 100 of a redirect that was followed",
    { tech: "SIP 100 Trying" },
    "a redirect that Asterisk followed, or no answer at all: its 301 needs HEP",
  ],
  [
    "several channels, the redirect last",
    { keys: "PJSIP/b-2,PJSIP/a-1" },
    "a call of several channels: a redirect was followed, or several telephones rang",
  ],
  [
    "a forwarder (T1)",
    { forwarder: "PJSIP/outcore-00000005" },
    "a call of several channels: a redirect was followed, or several telephones rang",
  ],
  [
    "a Local channel, which the dialplan answers",
    { keys: "Local/100@ctx-0001;1" },
    "a Local channel: the dialplan answered or redirected the call, not the dialled address",
  ],
  ["the hangup cause of a 410 but no code (T10)", { tech: "" }, "a call without a SIP code"],
  ["an ISDN cause", { tech: "Q.931 22" }, "a call without a SIP code"],
  ["an answer", { tech: "SIP 200 OK", dialstatus: "ANSWER" }, "the end of a call that was answered"],
  ["a 410 after the answer", { dialstatus: "ANSWER" }, "the end of a call that was answered"],
];
test.for(ignored)("a call with %s is ignored", ([, fields, reason]) => {
  expect(translateWith(fields)).toBe(`ignored: ${reason}`);
});

test("a captured 301 that Asterisk followed is ignored, whatever its hangup cause", () => {
  expect(translateWith({}, followed)).toMatch(/^ignored: a redirect that Asterisk followed/);
  expect(translateWith({ hangupcause: "22" }, followed)).toMatch(
    /^ignored: a redirect that Asterisk followed/,
  );
});

test("a hangup cause and DIALSTATUS never become a SIP code (T10)", () => {
  expect(translateWith({ tech: "SIP 486 Busy Here" })).toMatchObject({ status: 486, reasonHeaders: [] });
  expect(translateWith({ dialstatus: "NOANSWER" })).toMatchObject({ status: 410, reasonHeaders: [] });
});

test("a hangup cause that does not belong to a 410 vetoes the 410", () => {
  for (const cause of ["16", "23"])
    expect(translateWith({ hangupcause: cause })).toMatchObject({ reasonHeaders: [`Q.850;cause=${cause}`] });
  for (const cause of ["22", "0", "", null])
    expect(translateWith({ hangupcause: cause })).toMatchObject({ status: 410, reasonHeaders: [] });
  expect(translateWith({}, nowhere)).toMatchObject({ status: 301, reasonHeaders: [] });
});

test("a number becomes a tel URI, and a form without a time gets the time of receipt", () => {
  expect(translateWith({ uri: "+49301234567", epoch: "" })).toMatchObject({
    requestUri: "tel:+49301234567",
    occurredAt: null,
  });
});

test("a second report of the same call, address and code is a duplicate", () => {
  const { id } = Object(translateWith({}));
  expect(translateWith({ epoch: "1795354199" })).toMatchObject({ id });
  expect(translateWith({ uniqueid: "1795354182.7" })).not.toMatchObject({ id });
  expect(translateWith({ tech: "SIP 486 Busy Here" })).not.toMatchObject({ id });
});

test("a form without a required field is refused", () => {
  expect(translateWith({ tech: null })).toBe("refused /tech");
  expect(translateWith({ uniqueid: null })).toBe("refused /uniqueid");
  expect(translateWith({ uri: null })).toBe("refused /uri");
  for (const body of ["", "{}"]) expect(translate("asterisk", body)).toBe("refused /tech");
});

// Asterisk cannot report a 301 with a target, a Reason header or an answer.
testRefusingWriter("asterisk", [
  ["a 301 with its target", { status: 301, contacts: ["<sip:a@x>"] }],
  ["a cause", { reasonHeaders: ["Q.850;cause=16"] }],
  ["an answer", { status: 200 }],
]);
