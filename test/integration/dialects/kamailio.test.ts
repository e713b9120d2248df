import { describe, expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, expectStatus, receiptsOf, wait } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { at } from "../fold/calls.ts";
import { goneBody, movedBody, target, ts } from "./kamailio-body.ts";

const url = "/v1/webhooks/kamailio";

async function report(book: Book, body: object): Promise<string> {
  const [receipt] = receiptsOf(expectStatus(200, await book.post(url, { body, headers: wait }))).events;
  return receipt?.verdict === undefined
    ? `${receipt?.state}`
    : `${receipt.verdict.code}/${receipt.verdict.rule}`;
}

async function kept(book: Book, body: object) {
  const [receipt] = receiptsOf(expectStatus(200, await book.post(url, { body, headers: wait }))).events;
  return bodyAs(shapes.Event, await book.get(`/v1/events/${receipt?.id}`));
}

test("a 301 rewrites the address that the branch dialled", async ({ book }) => {
  const { id } = await book.addContact("sip:c301-alice@pbx.example.net");
  expect(await report(book, { ...movedBody, ts: ts(1) })).toBe("applied/moved-permanently");
  expect(await book.shown(id)).toEqual([`${target} active`]);
});

test("a 410 removes the address", async ({ book }) => {
  const { id } = await book.addContact("sip:c410-bob@pbx.example.net");
  expect(await report(book, { ...goneBody, ts: ts(1) })).toBe("applied/gone");
  expect(await book.shown(id)).toEqual(["sip:c410-bob@pbx.example.net gone"]);
});

test("a 301 without a Contact is recorded", async ({ book }) => {
  await book.addContact(movedBody.uri);
  expect(await report(book, { ...movedBody, contact: [], ts: ts(1) })).toBe("recorded/no-usable-contact");
});

test("in a fork, the URI that the branch dialled counts, not the address of record", async ({ book }) => {
  const [branch, aor] = [
    await book.addContact("sip:c301-moved@pbx.example.net"),
    await book.addContact("sip:fork-ivan@pbx.example.net"),
  ];
  await report(book, {
    ...movedBody,
    uri: "sip:c301-moved@pbx.example.net",
    aor: "sip:fork-ivan@pbx.example.net",
    branch: 1,
    ts: ts(1),
  });
  expect(await book.shown(branch.id)).toEqual([`${target} active`]);
  expect(await book.shown(aor.id)).toEqual(["sip:fork-ivan@pbx.example.net active"]);
});

test("the stored event has sipbook's fields and the body as received", async ({ book }) => {
  const body = {
    ...goneBody,
    method: "INVITE",
    reason_headers: ['Q.850;cause=23;text="redirection"'],
    warnings: ['399 pbx "x"'],
    diversion: ["<sip:a@pbx.example>"],
    expires: "60",
    cseq: 7,
    ts: ts(1),
  };
  expect(await kept(book, body)).toMatchObject({
    sourceEventId: goneBody.id,
    source: "kamailio",
    method: "INVITE",
    requestUri: "sip:c410-bob@pbx.example.net",
    status: 410,
    reason: "Gone",
    contacts: [],
    reasonHeaders: body.reason_headers,
    warnings: body.warnings,
    diversion: body.diversion,
    expires: 60,
    callId: "1-30093@127.0.0.1",
    cseq: 7,
    occurredAt: at(1),
    clockAdjusted: false,
    verdict: { code: "recorded", rule: "cause-veto" },
    raw: body,
  });
});

test("a time that is ahead or missing is replaced by the time of receipt", async ({ book }) => {
  const ahead = await kept(book, { ...goneBody, id: "1", ts: ts(48 * 60) });
  expect(ahead).toMatchObject({ clockAdjusted: true, occurredAt: ahead.receivedAt });
  const without = await kept(book, { ...goneBody, id: "2", ts: undefined });
  expect(without).toMatchObject({ clockAdjusted: false, occurredAt: without.receivedAt });
});

describe("a duplicate gives 202", () => {
  test("and no second event if the content is the same", async ({ book }) => {
    const first = receiptsOf(expectStatus(202, await book.post(url, { body: goneBody })));
    expect(first).toMatchObject({ accepted: 1, duplicates: 0, events: [{ state: "accepted" }] });
    const again = receiptsOf(expectStatus(202, await book.post(url, { body: { ...goneBody, ts: ts(5) } })));
    expect(again).toMatchObject({
      accepted: 0,
      duplicates: 1,
      events: [{ id: first.events[0]?.id, state: "duplicate" }],
    });
  });

  test("and the first event is kept if the content differs", async ({ book }) => {
    await book.addContact(goneBody.uri);
    const first = receiptsOf(
      expectStatus(202, await book.post(url, { body: { ...goneBody, code: 486, ts: ts(1) } })),
    );
    const answer = await book.post(url, { body: { ...goneBody, ts: ts(1) } });
    expect(receiptsOf(expectStatus(202, answer)).accepted).toBe(0);
    expect(await book.get("/v1/events")).toMatchObject({
      body: { items: [{ id: first.events[0]?.id, status: 486 }] },
    });
  });
});

// a body with … gives the status … at the place …
const wrong: [string, unknown, Record<string, string>, number, string?][] = [
  ["no uri", { ...goneBody, uri: undefined }, {}, 422, "/uri"],
  ["an empty uri", { ...goneBody, uri: "<null>" }, {}, 422, "/uri"],
  ["no code", { ...goneBody, code: undefined }, {}, 422, "/code"],
  ["an invalid code", { ...goneBody, code: "gone" }, {}, 422, "/code"],
  ["neither an id nor a Call-ID", { ...goneBody, id: undefined, call_id: undefined }, {}, 422],
  ["contacts that are not a list", { ...goneBody, contact: 7 }, {}, 422, "/contact"],
  ["a contact that is not text", { ...goneBody, contact: ["<sip:a@b.example>", 7] }, {}, 422, "/contact/1"],
  ["an empty list", [], {}, 422],
  ["a list of lists", [[goneBody]], {}, 422, "/0"],
  ["null", "null", {}, 422],
  ["half of a JSON document", '{"id":"', {}, 400],
  ["nothing", "", {}, 400],
];
test.for(wrong)("a body with %s is refused", async ([, body, headers, status, pointer], { book }) => {
  const answer = expectStatus(status, await book.post(url, { body, headers }));
  if (pointer !== undefined) expect(answer).toMatchObject({ body: { errors: [{ pointer }] } });
  expect(await book.get("/v1/events")).toMatchObject({ body: { items: [] } });
});

// PBXs often send a wrong content type, so only the body counts.
test.for([
  "application/x-www-form-urlencoded",
  "text/plain",
  "application/json; charset=utf-8",
  "application/webhook+json",
])("a body of JSON under the content type %s does not cause a server error", async (type, { book }) => {
  const answer = await book.post(url, { body: goneBody, headers: { "content-type": type } });
  expect([202, 415]).toContain(answer.status);
});

describe("the webhook accepts", () => {
  test("a caller with the key as the Basic password, with any user", async ({ book }) => {
    const key = await book.makeKey("ingest", "kamailio");
    const authorization = `Basic ${Buffer.from(`pbx:${key}`).toString("base64")}`;
    expectStatus(202, await book.post(url, { key: null, body: goneBody, headers: { authorization } }));
  });

  test("nobody without a key, with a key of another source, or to an unknown source", async ({ book }) => {
    expectStatus(401, await book.post(url, { key: null, body: goneBody }));
    expectStatus(403, await book.post(url, { key: await book.makeKey("ingest", "default"), body: goneBody }));
    expectStatus(403, await book.post(url, { key: await book.makeKey("read"), body: goneBody }));
    const answer = await book.post("/v1/webhooks/nowhere", { body: goneBody });
    expect([404, 422]).toContain(answer.status);
  });
});
