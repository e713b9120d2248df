import { expect, test } from "vitest";
import { changed, told, unsayable, written } from "../shared/translated.ts";

/** What the dialplan posted of a 410, by chan_pjsip. */
const gone =
  "uri=sip%3Abob%40127.0.0.2%3A15176&endpoint=outuser&opt=&dialstatus=CHANUNAVAIL&hangupcause=22&keys=PJSIP%2Foutuser-00000001&tech=SIP%20410%20Gone&ast=Number changed&forwarder=&dialedpeer=&uniqueid=1795354182.6&linkedid=1795354182.5&epoch=1795354182";
/** Of a 301 that it followed. */
const followed =
  "uri=sip%3Aalice%40127.0.0.2%3A15171&endpoint=outuser&opt=&dialstatus=CHANUNAVAIL&hangupcause=3&keys=PJSIP%2Foutuser-00000000&tech=SIP%20100%20Trying&ast=Normal Clearing&forwarder=&dialedpeer=&uniqueid=1795354179.1&linkedid=1795354179.0&epoch=1795354179";
/** Of a 301 without a Contact. */
const nowhere =
  "uri=sip%3Anoct%40127.0.0.2%3A15173&endpoint=outcore&opt=&dialstatus=NOANSWER&hangupcause=16&keys=PJSIP%2Foutcore-0000000d&tech=SIP%20301%20Moved%20Permanently&ast=Normal Clearing&forwarder=&dialedpeer=&uniqueid=1795354214.36&linkedid=1795354214.35&epoch=1795354214";
const tell = (fields: Readonly<Record<string, string | null>>, form = gone) =>
  told("asterisk", changed(form, fields));

test("a 410 is an event, at the end of its second", () => {
  expect(tell({})).toMatchObject({
    requestUri: "sip:bob@127.0.0.2:15176",
    status: 410,
    reason: "Gone",
    contacts: [],
    callId: "1795354182.6",
    occurredAt: "2026-11-22T13:29:42.999Z",
  });
});

test("a 301 without a target is one without Contacts", () => {
  expect(tell({}, nowhere)).toMatchObject({ status: 301, contacts: [] });
});

// a call with … is passed over, because it is …
const ignored: [string, Readonly<Record<string, string | null>>, string][] = [
  [
    "the 100 of a redirect that was followed",
    { tech: "SIP 100 Trying" },
    "a redirect that Asterisk followed, or no answer at all: its 301 needs HEP",
  ],
  [
    "several channels, in either order",
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
    "a Local channel: the dialplan answered, or a redirect, and nobody at the address",
  ],
  ["the hangup cause of a 410 and no code (T10)", { tech: "" }, "a call without a SIP code"],
  ["a cause of ISDN", { tech: "Q.931 22" }, "a call without a SIP code"],
  ["an answer", { tech: "SIP 200 OK", dialstatus: "ANSWER" }, "the end of a call that was answered"],
  ["a 410 after the answer", { dialstatus: "ANSWER" }, "the end of a call that was answered"],
];
test.for(ignored)("a call with %s is passed over", ([, fields, reason]) => {
  expect(tell(fields)).toBe(`ignored: ${reason}`);
});

test("a followed 301 as it was captured is passed over, whatever its hangup cause", () => {
  expect(tell({}, followed)).toMatch(/^ignored: a redirect that Asterisk followed/);
  expect(tell({ hangupcause: "22" }, followed)).toMatch(/^ignored: a redirect that Asterisk followed/);
});

test("the hangup cause and DIALSTATUS make no code (T10)", () => {
  expect(tell({ tech: "SIP 486 Busy Here" })).toMatchObject({ status: 486, reasonHeaders: [] });
  expect(tell({ dialstatus: "NOANSWER" })).toMatchObject({ status: 410, reasonHeaders: [] });
});

test("another hangup cause than that of a 410 vetoes it", () => {
  for (const cause of ["16", "23"])
    expect(tell({ hangupcause: cause })).toMatchObject({ reasonHeaders: [`Q.850;cause=${cause}`] });
  for (const cause of ["22", "0", "", null])
    expect(tell({ hangupcause: cause })).toMatchObject({ status: 410, reasonHeaders: [] });
  expect(tell({}, nowhere)).toMatchObject({ status: 301, reasonHeaders: [] });
});

test("a number is a tel URI, and a form without a time is of its receipt", () => {
  expect(tell({ uri: "+49301234567", epoch: "" })).toMatchObject({
    requestUri: "tel:+49301234567",
    occurredAt: null,
  });
});

test("the same call, address and code again is the same report", () => {
  const { id } = Object(tell({}));
  expect(tell({ epoch: "1795354199" })).toMatchObject({ id });
  expect(tell({ uniqueid: "1795354182.7" })).not.toMatchObject({ id });
  expect(tell({ tech: "SIP 486 Busy Here" })).not.toMatchObject({ id });
});

test("what is missing is refused", () => {
  expect(tell({ tech: null })).toBe("refused /tech");
  expect(tell({ uniqueid: null })).toBe("refused /uniqueid");
  expect(tell({ uri: null })).toBe("refused /uri");
  for (const body of ["", "{}"]) expect(told("asterisk", body)).toBe("refused /tech");
});

// It has no 301 with a target, no Reason, and no answers.
test.for([
  ...unsayable,
  ["a 301 with its target", { status: 301, contacts: ["<sip:a@x>"] }] as const,
  ["a cause", { reasonHeaders: ["Q.850;cause=16"] }] as const,
  ["an answer", { status: 200 }] as const,
])("%s is not written", ([, fields]) => {
  expect(written("asterisk", fields)).toBeNull();
});
