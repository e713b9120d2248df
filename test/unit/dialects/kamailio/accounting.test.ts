import { expect, test } from "vitest";
import { translate } from "../shared/translated.ts";

/** What acc_json of Kamailio 5.6 wrote for a 301, with ruri, rpl_contact and cseq in acc_extra. */
const moved = {
  time: 1795354991,
  method: "INVITE",
  from_tag: "30091uac1",
  to_tag: "uas-1",
  callid: "1-30091@127.0.0.1",
  sip_code: "301",
  sip_reason: "Moved Permanently",
  ruri: "sip:c301-alice@pbx.example.net",
  ouri: "sip:c301-alice@pbx.example.net",
  rpl_contact: '"Alice Example" <sip:alice.new@sip.new-provider.example:5080;transport=udp>;expires=3600',
  cseq: "1",
};
const translateWith = (fields: object) => translate("kamailio", JSON.stringify({ ...moved, ...fields }));

test("a record of acc_json becomes an event at the end of its second, because its time is in whole seconds", () => {
  expect(translateWith({})).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
    method: "INVITE",
    requestUri: moved.ruri,
    status: 301,
    reason: "Moved Permanently",
    contacts: [moved.rpl_contact],
    callId: moved.callid,
    cseq: 1,
    occurredAt: "2026-11-22T13:43:11.999Z",
  });
});

test("the empty Contact of a 410 is left out", () => {
  const gone = { sip_code: "410", sip_reason: "Gone", rpl_contact: "" };
  expect(translateWith(gone)).toMatchObject({ status: 410, contacts: [] });
});

test("a 200 does not get the Contact of a branch that lost (T4)", () => {
  expect(translateWith({ sip_code: "200", sip_reason: "OK" })).toMatchObject({ status: 200, contacts: [] });
});

test("a 301 does not get the Contact of another redirect in its fork (T3)", () => {
  // Kamailio leaves an unset value empty.
  expect(translateWith({ sip_code: "410", rpl_contact: "", rpl_code: "", rpl_uri: "" })).toMatchObject({
    status: 410,
  });
  const own = { rpl_code: "301", rpl_uri: moved.ruri };
  expect(translateWith(own)).toMatchObject({ contacts: [moved.rpl_contact] });
  expect(translateWith({ ...own, rpl_code: "302" })).toMatchObject({ status: 301, contacts: [] });
  expect(translateWith({ ...own, rpl_uri: "sip:b@pbx.example.net" })).toMatchObject({
    status: 301,
    contacts: [],
  });
});

test("a 301 of a fork has no Contact if the record does not say which branch sent it", () => {
  const forked = { ouri: "sip:team@pbx.example.net" };
  expect(translateWith(forked)).toMatchObject({ status: 301, contacts: [] });
  expect(translateWith({ ...forked, rpl_code: "301" })).toMatchObject({ contacts: [] });
  expect(translateWith({ ...forked, rpl_uri: moved.ruri })).toMatchObject({ contacts: [] });
  expect(translateWith({ ...forked, rpl_code: "301", rpl_uri: moved.ruri })).toMatchObject({
    contacts: [moved.rpl_contact],
  });
});

test('a Contact of "0" counts as missing (T12)', () => {
  expect(translateWith({ rpl_contact: "0" })).toMatchObject({ contacts: [] });
});

test("a value of <null> counts as missing (T12)", () => {
  expect(translateWith({ rpl_contact: "<null>", sip_reason: "<null>" })).toMatchObject({
    contacts: [],
    reason: null,
  });
});

test("the id is made of Call-ID, To tag, code and CSeq, but not of the time", () => {
  const { id: first } = Object(translateWith({}));
  expect(translateWith({ time: 1795354999 })).toMatchObject({ id: first });
  for (const other of [{ callid: "2" }, { to_tag: "uas-2" }, { sip_code: "410" }, { cseq: "2" }])
    expect(translateWith(other)).not.toMatchObject({ id: first });
});

test("an error about a missing field uses the name of acc_json", () => {
  expect(translateWith({ ruri: undefined })).toBe("refused /ruri");
  expect(translateWith({ sip_code: "" })).toBe("refused /sip_code");
  expect(translateWith({ callid: undefined })).toBe("refused /callid");
});
