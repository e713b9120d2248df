import { expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs, faultAt } from "../../support/pages/contract.ts";
import { type Book, expectStatus, receiptsOf, wait } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { at } from "../fold/calls.ts";

/** The verdict of each event of a body, or why it has no events. */
async function report(book: Book, source: string, body: unknown): Promise<readonly string[]> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await book.post(`/v1/webhooks/${source}`, { body: text, headers: wait });
  const { ignored } = bodyAs(shapes.Receipts, answer);
  if (ignored !== undefined) return [`ignored: ${ignored}`];
  return receiptsOf(expectStatus(200, answer)).events.map(
    ({ state, verdict }) => `${state} ${verdict?.code}/${verdict?.rule}`,
  );
}

const alice = "sip:alice@pbx.example.net";
const aliceNew = "sip:alice.new@sip.new-provider.example:5080;transport=udp";

test("generic: a mapping lets a PBX with its own fields change the book", async ({ book }) => {
  const { id } = await book.addContact(alice);
  const mapping = {
    requestUri: "/call/to",
    status: "/call/result",
    contacts: "/call/new",
    callId: "/call/id",
    occurredAt: "/at",
    when: [{ field: "/type", in: ["end"] }],
  };
  const set = expectStatus(200, await book.patch("/v1/sources/generic", { body: { mapping } }));
  expect(bodyAs(shapes.Source, set).mapping).toEqual(mapping);
  const call = { to: alice, result: "301 Moved Permanently", new: `<${aliceNew}>`, id: "c1" };
  expect(await report(book, "generic", { type: "ring", at: at(1), call })).toEqual([
    "ignored: a body that the mapping does not want",
  ]);
  expect(await report(book, "generic", { type: "end", at: at(1), call })).toEqual([
    "accepted applied/moved-permanently",
  ]);
  expect(await book.shown(id)).toEqual([`${aliceNew} active`]);
});

test("generic: a body is kept until the mapping can read it, and is then replayed", async ({ book }) => {
  const { id } = await book.addContact(alice);
  const set = async (mapping: object | null) =>
    expectStatus(200, await book.patch("/v1/sources/generic", { body: { mapping } }));
  await set({ requestUri: "/callee", status: "/code", callId: "/call" });
  const body = { to: alice, code: 410, call: "c1" };
  expect(await book.post("/v1/webhooks/generic", { body })).toMatchObject(faultAt("/callee", "is required"));
  await set({ requestUri: "/to", status: "/code", callId: "/call" });
  expect(await book.post("/v1/sources/generic/unparsed/replay", { body: {} })).toMatchObject({
    body: { events: 1, accepted: 1 },
  });
  await expect.poll(() => book.shown(id)).toEqual([`${alice} gone`]);
  expect(bodyAs(shapes.Source, await set(null)).mapping).toBeNull();
});

test("kamailio: a record of acc_json moves an address, but a 200 does not (T4)", async ({ book }) => {
  const { id } = await book.addContact(alice);
  const record = (minute: number, sip_code: string) => ({
    time: Math.floor(Date.parse(at(minute)) / 1000),
    method: "INVITE",
    to_tag: "uas-1",
    callid: `c${minute}`,
    sip_code,
    ruri: alice,
    rpl_contact: `<${aliceNew}>`,
    cseq: "1",
  });
  expect(await report(book, "kamailio", record(1, "200"))).toEqual(["accepted recorded/no-change"]);
  expect(await book.shown(id)).toEqual([`${alice} active`]);
  expect(await report(book, "kamailio", record(2, "301"))).toEqual(["accepted applied/moved-permanently"]);
  expect(await book.shown(id)).toEqual([`${aliceNew} active`]);
});

const secondsAt = (minute: number) => Math.floor(Date.parse(at(minute)) / 1000);

test("opensips: a post moves an address, and two events of one failure count once (T11)", async ({
  book,
}) => {
  const { id } = await book.addContact(alice);
  const post = {
    code: 301,
    reason: "Moved Permanently",
    uri: alice,
    contact: `"Alice Example" <${aliceNew}>;expires=3600`,
    call_id: "1-29334@127.0.0.1",
    cseq: "1",
    ts: secondsAt(1),
  };
  expect(await report(book, "opensips", post)).toEqual(["accepted applied/moved-permanently"]);
  expect(await book.shown(id)).toEqual([`${aliceNew} active`]);
  const params = {
    method: "INVITE",
    to_tag: "uas-1",
    callid: "1-29336@127.0.0.1",
    sip_code: "410",
    sip_reason: "Gone",
    time: secondsAt(2),
    ruri: aliceNew,
    rpl_contact: null,
  };
  const raised = (method: string) => report(book, "opensips", { jsonrpc: "2.0", method, params });
  expect(await raised("E_ACC_MISSED_EVENT")).toEqual(["accepted applied/gone"]);
  expect(await raised("E_ACC_EVENT")).toEqual(["duplicate applied/gone"]);
  expect(await book.shown(id)).toEqual([`${aliceNew} gone`]);
});

test("asterisk: a 410 removes an address, a 301 without a target changes nothing", async ({ book }) => {
  const { id } = await book.addContact(alice);
  const form = (minute: number, tech: string) =>
    new URLSearchParams({
      uri: alice,
      dialstatus: "CHANUNAVAIL",
      hangupcause: "22",
      keys: "PJSIP/outuser-00000001",
      tech,
      uniqueid: `${secondsAt(minute)}.6`,
      epoch: `${secondsAt(minute)}`,
    }).toString();
  expect(await report(book, "asterisk", form(1, "SIP 100 Trying"))).toEqual([
    "ignored: a redirect that Asterisk followed, or no answer at all: its 301 needs HEP",
  ]);
  expect(await report(book, "asterisk", form(2, "SIP 301 Moved Permanently"))).toEqual([
    "accepted recorded/no-usable-contact",
  ]);
  expect(await book.shown(id)).toEqual([`${alice} active`]);
  expect(await report(book, "asterisk", form(3, "SIP 410 Gone"))).toEqual(["accepted applied/gone"]);
  expect(await book.shown(id)).toEqual([`${alice} gone`]);
});
