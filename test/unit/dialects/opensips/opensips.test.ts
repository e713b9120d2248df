import { expect, test } from "vitest";
import { testRefusingWriter } from "../shared/tables.ts";
import { translate } from "../shared/translated.ts";

/** What rest_post of OpenSIPS 3.6 sent from an onreply_route. */
const posted = {
  code: 301,
  reason: "Moved Permanently",
  uri: "sip:c301-alice@pbx.example.net",
  contact: '"Alice Example" <sip:alice.new@sip.new-provider.example:5080;transport=udp>;expires=3600',
  call_id: "1-29334@127.0.0.1",
  cseq: "1",
  ts: 1795354561,
};
/** The events that OpenSIPS raised for the same call and for a call that ended in 410. */
const missed = {
  method: "INVITE",
  from_tag: "29334uac1",
  to_tag: "uas-1",
  callid: "1-29334@127.0.0.1",
  sip_code: "301",
  sip_reason: "Moved Permanently",
  time: 1795354561,
  ruri: "sip:c301-alice@pbx.example.net",
  rpl_contact: posted.contact,
  setuptime: 1795354561,
  created: 0,
};
const gone = { ...missed, sip_code: "410", sip_reason: "Gone", rpl_contact: null };
const translateWith = (fields: object) => translate("opensips", JSON.stringify({ ...posted, ...fields }));
const raised = (params: object, method = "E_ACC_MISSED_EVENT") =>
  translate("opensips", JSON.stringify({ jsonrpc: "2.0", method, params }));

const moved = {
  method: "INVITE",
  requestUri: posted.uri,
  status: 301,
  reason: "Moved Permanently",
  contacts: [posted.contact],
  callId: posted.call_id,
  occurredAt: "2026-11-22T13:36:01.999Z",
};

test("a post from an onreply_route becomes an event at the end of its second", () => {
  expect(translateWith({})).toMatchObject({ ...moved, cseq: 1 });
  expect(translateWith({ code: 410, contact: null })).toMatchObject({ status: 410, contacts: [] });
});

test("an event of the module acc becomes an event at the end of its second", () => {
  expect(raised(missed)).toMatchObject(moved);
  expect(raised(gone)).toMatchObject({ status: 410, reason: "Gone", contacts: [] });
});

test("the two events of one failure become one (T11)", () => {
  expect(raised(gone, "E_ACC_EVENT")).toEqual(raised(gone));
});

test("null and a missing key are the same (T12)", () => {
  const { rpl_contact: _, ...without } = gone;
  expect(raised(without)).toEqual(raised(gone));
  const { contact: __, ...bare } = { ...posted, code: 410 };
  expect(translate("opensips", JSON.stringify(bare))).toEqual(translateWith({ code: 410, contact: null }));
});

test("a 200 does not get the Contact of a branch that lost (T4)", () => {
  expect(raised({ ...missed, sip_code: "200" }, "E_ACC_EVENT")).toMatchObject({ status: 200, contacts: [] });
});

test("a 301 does not get the Contact of another branch (T3)", () => {
  const own = { rpl_code: "301", rpl_uri: missed.ruri };
  expect(raised({ ...missed, ...own })).toMatchObject({ contacts: [posted.contact] });
  for (const other of [{ rpl_code: "302" }, { rpl_uri: "sip:eve@pbx.example.net" }])
    expect(raised({ ...missed, ...own, ...other })).toMatchObject({ status: 301, contacts: [] });
});

test("Reason and Warning headers are kept, because they may veto a 410", () => {
  const warnings = ['399 x "Flow no longer exists"'];
  expect(translateWith({ code: 410, reason_headers: ["Q.850;cause=16"], warnings })).toMatchObject({
    reasonHeaders: ["Q.850;cause=16"],
    warnings,
  });
});

// a response with … becomes an event with …
const answers: [string, object, object][] = [
  ["another method", { code: 410, method: "BYE" }, { method: "BYE", status: 410 }],
  ["a To tag in its request", { code: 410, in_dialog: true }, { inDialog: true }],
  [
    "one Reason header",
    { code: 410, reason_header: "Q.850;cause=23" },
    { reasonHeaders: ["Q.850;cause=23"] },
  ],
  [
    "a Diversion header",
    { diversion: "<sip:a@x.example>;reason=unconditional" },
    { diversion: ["<sip:a@x.example>;reason=unconditional"] },
  ],
  ["an Expires header", { expires: "0" }, { expires: 0 }],
];
test.for(answers)("a response with %s becomes an event with the same", ([, fields, event]) => {
  expect(translateWith(fields)).toMatchObject(event);
});

test("all Contacts are kept, in order (T8)", () => {
  const contact = ["<sip:a@n.example>;q=0.3", "<sip:b@n.example>;q=0.9"];
  expect(translateWith({ contact })).toMatchObject({ contacts: contact });
  expect(translateWith({ contact: [] })).toMatchObject({ contacts: [] });
});

test("an event with its name among the parameters is read the same (event_param)", () => {
  expect(raised({ ...gone, event: "E_ACC_MISSED_EVENT" }, "calls")).toEqual(raised(gone));
});

test("other events are ignored", () => {
  expect(raised({ event: "E_UL_CONTACT_INSERT" }, "calls")).toMatch(/^ignored/);
  expect(raised(gone, "E_ACC_CDR")).toBe("ignored: another event than E_ACC_MISSED_EVENT");
});

test("an error about a missing field uses the name of OpenSIPS", () => {
  expect(translateWith({ uri: null })).toBe("refused /uri");
  expect(translateWith({ code: "gone" })).toBe("refused /code");
  expect(raised({ ...gone, ruri: null })).toBe("refused /params/ruri");
  expect(raised({ ...gone, sip_code: undefined })).toBe("refused /params/sip_code");
  for (const body of ["", "[]", "null", "{}"]) expect(translate("opensips", body)).toMatch(/^refused/);
});

testRefusingWriter("opensips");
