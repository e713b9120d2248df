import { expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs, faultAt } from "../../support/pages/contract.ts";
import { type Book, expectStatus } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { A, answered, B, C, gone, moved } from "../fold/calls.ts";

const service = await sharedService();

const get = (book: Book, uri: string, headers: Readonly<Record<string, string>> = {}) =>
  book.get(`/v1/resolve?uri=${encodeURIComponent(uri)}`, { headers });

const getOne = async (book: Book, uri: string) =>
  bodyAs(shapes.Resolution, expectStatus(200, await get(book, uri)));

async function getMany(book: Book, uris: readonly string[]) {
  const answer = expectStatus(200, await book.post("/v1/resolve", { body: { uris } }));
  return bodyAs(shapes.Resolutions, answer).items;
}

test("a hop names its event, and the result names the contact", async ({ book }) => {
  const { id } = await book.addContact(A);
  const event = await book.reportOne(moved(A, B, 1));
  const { id: eventId, occurredAt } = event;
  expect(await getOne(book, A)).toEqual({
    uri: A,
    key: expect.any(String),
    answer: "moved",
    current: B,
    hops: [{ from: A, to: B, status: 301, occurredAt, eventId }],
    contacts: [id],
    moreContacts: false,
    basis: "book",
    evidence: {
      lastAnsweredAt: null,
      lastEvent: {
        id: eventId,
        status: 301,
        occurredAt,
        source: "default",
        verdict: "applied",
        rule: "moved-permanently",
      },
    },
  });
});

test("the evidence is the last answered call and the last call of the queried address", async ({ book }) => {
  await book.report(answered(A, 1), answered(A, 2), gone(A, 3), answered(B, 9));
  const { evidence } = await getOne(book, A);
  expect(evidence.lastEvent).toMatchObject({ status: 410, verdict: "unmatched" });
  expect(Date.parse(evidence.lastEvent?.occurredAt ?? "") - Date.parse(evidence.lastAnsweredAt ?? "")).toBe(
    60_000,
  );
});

test("a list is resolved in order, with duplicates, and with errors in their places", async ({ book }) => {
  await book.addContact(A);
  await book.report(moved(A, B, 1), gone(C, 1));
  const uris = [
    C,
    "SIP:a@PBX.example:5060;transport=udp",
    "mailto:a@pbx.example",
    A,
    "",
    A,
    "sip:a@pbx.example?Subject=x",
    "x".repeat(5000),
    "sip:\u0000@pbx.example",
    "tel:+15550100",
  ];
  const items = await getMany(book, uris);
  expect(items.map(({ uri }) => uri)).toEqual(uris);
  expect(items.map(({ answer }) => answer)).toEqual([
    "gone",
    "moved",
    "invalid",
    "moved",
    "invalid",
    "moved",
    "invalid",
    "invalid",
    "invalid",
    "unknown",
  ]);
  expect(items[2]).toMatchObject({
    key: null,
    current: null,
    problem: { status: 422, errors: [{ pointer: "/uris/2", detail: "must be a sip, sips or tel URI" }] },
  });
  expect(items[1]?.key).toBe(items[3]?.key);
  expect(items[3]?.problem).toBeUndefined();
});

test("addresses resolve the same one by one and in a list", async ({ book }) => {
  await book.addContact(A);
  await book.report(moved(A, B, 1), gone(C, 1), answered("sip:d@pbx.example", 2));
  const uris = [A, B, C, "sip:d@pbx.example", "sip:e@pbx.example"];
  const single = await Promise.all(uris.map((uri) => getOne(book, uri)));
  expect(await getMany(book, uris)).toEqual(single);
});

test("a list may have 0 to 500 addresses, not 501, and nothing but text", async ({ book }) => {
  const uris = Array.from({ length: 501 }, (_, i) => `sip:${i}@pbx.example`);
  expect(await getMany(book, uris.slice(1))).toHaveLength(500);
  expect(await getMany(book, [])).toEqual([]);
  const tooMany = await book.post("/v1/resolve", { body: { uris } });
  expect(tooMany).toMatchObject(faultAt("/uris"));
  const wrong = await book.post("/v1/resolve", { body: { uris: [A, null] } });
  expect(wrong).toMatchObject(faultAt("/uris/1"));
});

test("an invalid address gives 422 with its place", async ({ book }) => {
  for (const path of ["/v1/resolve", "/v1/resolve?uri=", "/v1/resolve?uri=mailto:a@b.example"]) {
    expect(await book.get(path)).toMatchObject(faultAt("/query/uri"));
  }
});

test("an unencoded + in the query is read as +", async ({ book }) => {
  await book.report(gone("tel:+15550100", 1));
  const answer = await book.get("/v1/resolve?uri=tel:+15550100");
  expect(answer).toMatchObject({ status: 200, body: { uri: "tel:+15550100", answer: "gone" } });
});

test("a client may cache a response for a while, then revalidate it by its ETag", async ({ book }) => {
  await book.addContact(A);
  const first = await get(book, A);
  const { etag = "" } = first.headers;
  const caching = { "cache-control": "private, max-age=30", vary: "Authorization", etag };
  expect(first.headers).toMatchObject(caching);
  expect(etag).toMatch(/^"[\w-]{27}"$/);
  const again = await get(book, A, { "if-none-match": etag });
  expect(again).toMatchObject({ status: 304, body: null, headers: caching });
  await book.report(moved(A, B, 1));
  const changed = await get(book, A, { "if-none-match": etag });
  expect(changed).toMatchObject({ status: 200, body: { answer: "moved" } });
  expect(changed.headers["etag"]).not.toBe(etag);
  const many = await book.post("/v1/resolve", { body: { uris: [A] } });
  expect(many.headers).toMatchObject({ "cache-control": "no-store" });
  expect(many.headers["etag"]).toBeUndefined();
});

test("an event of a source in observe mode is shown but does not count", async ({ book }) => {
  const source = { name: "watched", mode: "observe" };
  expectStatus(201, await book.post("/v1/sources", { body: source }));
  await book.report(
    moved(A, B, 1, { source: "watched" }),
    gone(C, 1, { source: "watched" }),
    answered("sip:d@pbx.example", 1, { source: "watched" }),
  );
  for (const uri of [A, C, "sip:d@pbx.example"]) {
    expect(await getOne(book, uri)).toMatchObject({
      answer: "unknown",
      hops: [],
      evidence: { lastAnsweredAt: null, lastEvent: { rule: "observe-mode", source: "watched" } },
    });
  }
});

test("a 410 of a call that was answered on another branch does not count", async ({ book }) => {
  const fork = { callId: "fork", cseq: 1 };
  await book.report(gone(A, 1, fork));
  expect(await getOne(book, A)).toMatchObject({ answer: "gone" });
  await book.report(answered(B, 1, fork));
  expect(await getOne(book, A)).toMatchObject({ answer: "unknown" });
});

test("the scheme matters: sips never leads to sip, and a name never to a number", async ({ book }) => {
  await book.report(moved(A, B, 1), moved(C, "tel:+15550100", 1));
  expect((await getMany(book, [A, A.replace("sip:", "sips:"), C])).map(({ answer }) => answer)).toEqual([
    "moved",
    "unknown",
    "unknown",
  ]);
});

test("only the key's own book is used, but an admin key may name another", async () => {
  const [book, other] = [await service.makeBook(), await service.makeBook()];
  await book.addContact(A);
  await book.report(moved(A, B, 1), gone(C, 1));
  for (const uri of [A, B, C]) {
    expect(await getOne(other, uri)).toMatchObject({ answer: "unknown", contacts: [], basis: "none" });
  }
  const path = `/v1/resolve?uri=${A}&book=${book.name}`;
  expect(await other.get(path)).toMatchObject({ status: 200, body: { answer: "moved" } });
  const key = await other.makeKey("read");
  const headers = { authorization: `Bearer ${key}` };
  expect(await other.get(path, { headers })).toMatchObject({ status: 403 });
  expect(await other.get(`/v1/resolve?uri=${A}`, { headers })).toMatchObject({ status: 200 });
  const ingest = await other.makeKey("ingest", "default");
  const refused = { headers: { authorization: `Bearer ${ingest}` } };
  expect(await other.get(`/v1/resolve?uri=${A}`, refused)).toMatchObject({ status: 403 });
  expect(await other.post("/v1/resolve", { body: { uris: [A] }, ...refused })).toMatchObject({ status: 403 });
});
