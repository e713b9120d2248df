import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs, faultAt } from "../../support/pages/contract.ts";
import {
  answered,
  callersLeg,
  followedToGone,
  gone,
  json,
  moved,
  target,
  type Variables,
  xml,
} from "../../support/pbx/freeswitch-cdr.ts";
import { type Book, expectStatus, receiptsOf, wait } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { at } from "../fold/calls.ts";

const service = await sharedService();

const url = (variables: Variables) => `/v1/webhooks/freeswitch?uuid=${variables["uuid"]}`;

/** The same leg, ended or answered at a minute of the test clock. */
const timed = (variables: Variables, minute: number): Variables => {
  const microseconds = `${Date.parse(at(minute)) * 1000}`;
  const isAnswered = variables["answer_uepoch"] !== "0";
  return { ...variables, end_uepoch: microseconds, ...(isAnswered ? { answer_uepoch: microseconds } : {}) };
};

async function report(book: Book, variables: Variables, body = json(variables)): Promise<string> {
  const answer = expectStatus(200, await book.post(url(variables), { body, headers: wait }));
  const [receipt] = receiptsOf(answer).events;
  return `${receipt?.state} ${receipt?.verdict?.code}/${receipt?.verdict?.rule}`;
}

test("a 301 rewrites the dialled address", async ({ book }) => {
  const { id } = await book.addContact("sip:alice@127.0.0.2:15171");
  expect(await report(book, timed(moved, 1))).toBe("accepted applied/moved-permanently");
  expect(await book.shown(id)).toEqual([`${target} active`]);
});

test("a 410 removes the address, and a later answered call brings it back", async ({ book }) => {
  const { id } = await book.addContact("sip:bob@127.0.0.2:15176");
  expect(await report(book, gone, xml(timed(gone, 1)))).toBe("accepted applied/gone");
  expect(await book.shown(id)).toEqual(["sip:bob@127.0.0.2:15176 gone"]);
  const later = { ...timed(answered, 2), uuid: "2", sip_call_id: "2" };
  expect(await report(book, later)).toBe("accepted applied/answered");
  expect(await book.shown(id)).toEqual(["sip:bob@127.0.0.2:15176 active"]);
});

test("a 410 at the end of a redirect that FreeSWITCH followed changes nothing", async ({ book }) => {
  const { id } = await book.addContact("sip:tmp410@127.0.0.2:15182");
  expect(await report(book, timed(followedToGone, 1))).toBe("accepted recorded/followed-redirect");
  expect(await book.shown(id)).toEqual(["sip:tmp410@127.0.0.2:15182 active"]);
});

test("a duplicate gives 202, whatever its encoding and however its URL has the uuid", async ({ book }) => {
  const accepted = receiptsOf(expectStatus(202, await book.post(url(gone), { body: json(gone) })));
  expect(accepted).toMatchObject({ accepted: 1, duplicates: 0 });
  const again = [
    await book.post(url(gone), { body: json(gone, { encode: true }) }),
    await book.post(`${url(gone)}?uuid=${gone["uuid"]}`, { body: `cdr=${xml(gone)}` }),
    await book.post(`${url(gone)}&uuid=a_${gone["uuid"]}`, { body: json(gone) }),
  ];
  for (const answer of again) {
    expect(receiptsOf(expectStatus(202, answer))).toMatchObject({ accepted: 0, duplicates: 1 });
  }
});

// The two legs of a call arrive in either order.
test.for([
  [callersLeg, gone],
  [gone, callersLeg],
])("of a call's legs the callee's counts, whichever comes first", async (legs, { book }) => {
  const { id } = await book.addContact("sip:bob@127.0.0.2:15176");
  const ignored = [];
  for (const leg of legs) {
    const body = json(timed(leg, 1), { encode: true });
    const answer = await book.post(url(leg), { body, headers: wait });
    if (answer.status === 202) ignored.push(bodyAs(shapes.Receipts, answer).ignored);
  }
  expect(ignored).toEqual(["the caller's leg"]);
  expect(await book.shown(id)).toEqual(["sip:bob@127.0.0.2:15176 gone"]);
});

test("a request as FreeSWITCH sends it is accepted: 100-continue, form, Basic", async ({ book }) => {
  const key = await book.makeKey("ingest", "freeswitch");
  const origin = await service.origin();
  const body = json(moved, { encode: true });
  const sending = request(`${origin}${url(moved)}`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`freeswitch:${key}`).toString("base64")}`,
      "user-agent": "freeswitch-json/1.0",
      "content-type": "application/x-www-form-urlencoded",
      "content-length": Buffer.byteLength(body),
      expect: "100-continue",
    },
  });
  sending.flushHeaders();
  await once(sending, "continue");
  sending.end(body);
  const [response] = await once(sending, "response");
  expect(response.statusCode).toBe(202);
  expect(JSON.parse(await text(response))).toMatchObject({ accepted: 1 });
});

test("an unreadable body is refused with the place and the reason", async ({ book }) => {
  const post = (body: string) => book.post(url(gone), { body });
  expect(await post(xml(gone).slice(0, 300))).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/^The body is not XML: \d+:\d+: unclosed tag/) },
  });
  expect(await post("uuid=1")).toMatchObject({
    status: 400,
    body: { detail: "The body is not a form: it begins as neither JSON nor XML, and has no field cdr" },
  });
  expect(await post("{}")).toMatchObject(faultAt("/variables"));
});
