import { describe, expect } from "vitest";
import { type Book, expectStatus, receiptsOf, wait } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, B, gone, moved } from "../fold/calls.ts";

const post = (book: Book, body: unknown, headers = {}) => book.post("/v1/events", { body, headers });

const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const withDeep = (body: object) => JSON.stringify(body).replace("{", `{"x":${deep(20_000)},`);

// a body that is … gives the status …
const unreadable: [string, string, number][] = [
  ["nothing", "", 400],
  ["half of a JSON document", '{"id":', 400],
  ["two JSON documents", "{}{}", 400],
  ["not JSON", "id=1", 400],
  ["JSON with a comment", "/* */{}", 400],
  ["not UTF-8", '{"id":"\u0080\u00ff"}', 422],
  ["null", "null", 422],
  ["a number", "7", 422],
  ["a text", '"gone"', 422],
  ["true", "true", 422],
  ["an empty object", "{}", 422],
  ["an array in an array", "[[]]", 202],
  ["2,000 arrays deep", deep(2000), 202],
];
test.for(unreadable)(
  "a body that is %s does not cause a server error",
  async ([, body, status], { book }) => {
    const answer = await post(book, body);
    expect(status === 202 ? [202, 400, 422] : [status]).toContain(answer.status);
  },
);

describe("an event with a value nested 20,000 levels deep", () => {
  test("does not cause a server error", async ({ book }) => {
    expect((await post(book, withDeep(gone(A, 1)))).status).toBeLessThan(500);
  });

  test("does not stop the other events of an array", async ({ book }) => {
    const answer = await post(book, `[${JSON.stringify(gone(B, 1))},${withDeep(gone(A, 1))}]`);
    expect(receiptsOf(expectStatus(202, answer)).events[0]).toMatchObject({ state: "accepted" });
  });

  test("can be replayed if a webhook received it", async ({ book }) => {
    const body = withDeep({ id: "deep", code: 410, uri: A, call_id: "c", cseq: 1 });
    const answer = await book.post("/v1/webhooks/kamailio", { body, headers: wait });
    expect([200, 400, 422]).toContain(answer.status);
    if (answer.status !== 200) return;
    const { status } = await book.get(`/v1/events/${receiptsOf(answer).events[0]?.id}`);
    expect(status).toBe(200);
  });
});

test("a body that is too large gives 413", async ({ book }) => {
  expectStatus(413, await post(book, `"${"a".repeat(40 * 1024 * 1024)}"`));
});

test.for(["text/plain", "application/x-www-form-urlencoded", "application/xml", "application/jsonp", ""])(
  "the content type %j gives 415",
  async (type, { book }) => {
    expectStatus(415, await post(book, JSON.stringify(gone(A, 1)), { "content-type": type }));
  },
);

// a single event with … gives 422 at …
const wrong: [object, string][] = [
  [{ status: null }, "/status"],
  [{ status: "410" }, "/status"],
  [{ status: 410.5 }, "/status"],
  [{ status: 99 }, "/status"],
  [{ status: 700 }, "/status"],
  [{ status: -1 }, "/status"],
  [{ status: 1e308 }, "/status"],
  [{ status: true }, "/status"],
  [{ status: undefined }, "/status"],
  [{ requestUri: undefined }, "/requestUri"],
  [{ requestUri: null }, "/requestUri"],
  [{ requestUri: "" }, "/requestUri"],
  [{ requestUri: 7 }, "/requestUri"],
  [{ requestUri: `sip:${"a".repeat(1_000_000)}@pbx.example` }, "/requestUri"],
  [{ requestUri: "sip:a\u0000@pbx.example" }, "/requestUri"],
  [{ requestUri: "sip:a\ud800@pbx.example" }, "/requestUri"],
  [{ id: 7 }, "/id"],
  [{ id: "" }, "/id"],
  [{ id: "a\u0000" }, "/id"],
  [{ id: "\udfff" }, "/id"],
  [{ id: "a".repeat(100_000) }, "/id"],
  [{ source: "" }, "/source"],
  [{ source: 7 }, "/source"],
  [{ source: "A B" }, "/source"],
  [{ occurredAt: "yesterday" }, "/occurredAt"],
  [{ occurredAt: 1_795_354_991 }, "/occurredAt"],
  [{ occurredAt: "2026-11-22" }, "/occurredAt"],
  [{ occurredAt: "2026-02-30T00:00:00Z" }, "/occurredAt"],
  [{ occurredAt: "2026-11-22T25:00:00Z" }, "/occurredAt"],
  [{ occurredAt: "2026-11-22T10:00:00" }, "/occurredAt"],
  [{ occurredAt: "+292278994-08-17T07:12:55Z" }, "/occurredAt"],
  [{ method: 7 }, "/method"],
  [{ reason: {} }, "/reason"],
  [{ contacts: "<sip:b@pbx.example>" }, "/contacts"],
  [{ contacts: {} }, "/contacts"],
  [{ contacts: [7] }, "/contacts/0"],
  [{ contacts: ["", "a\u0000"] }, "/contacts/1"],
  [{ reasonHeaders: [null] }, "/reasonHeaders/0"],
  [{ warnings: 7 }, "/warnings"],
  [{ diversion: "x" }, "/diversion"],
  [{ expires: "soon" }, "/expires"],
  [{ expires: -1 }, "/expires"],
  [{ expires: 1e21 }, "/expires"],
  [{ callId: 7 }, "/callId"],
  [{ cseq: "1" }, "/cseq"],
  [{ cseq: 1e21 }, "/cseq"],
  [{ inDialog: "false" }, "/inDialog"],
  [{ inDialog: 0 }, "/inDialog"],
  [{ followed: null }, "/followed"],
  [{ branchOutcomes: [null] }, "/branchOutcomes/0"],
  [{ branchOutcomes: 486 }, "/branchOutcomes"],
];
describe("wrong fields", () => {
  test("give 422 with their place in a single event", async ({ book }) => {
    for (const [fields, pointer] of wrong) {
      const answer = await post(book, { ...gone(A, 1), ...fields });
      const what = JSON.stringify(fields).slice(0, 80);
      expect(answer, what).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    }
    expect(await book.get("/v1/events")).toMatchObject({ body: { items: [] } });
  });

  test("are rejected with their place in an array, and the valid event is kept", async ({ book }) => {
    const events = wrong.flatMap(([fields]) => [{ ...gone(A, 1), ...fields }, gone(B, 1)]);
    const receipts = receiptsOf(expectStatus(202, await post(book, events)));
    expect(receipts).toMatchObject({ accepted: wrong.length, rejected: wrong.length });
    for (const [i, [, pointer]] of wrong.entries())
      expect(receipts.events[2 * i]?.problem).toMatchObject({ errors: [{ pointer: `/${2 * i}${pointer}` }] });
  });
});

// The result of these is not specified, but they must not cause a server error or change the book.
const strange: object[] = [
  { occurredAt: "0000-01-01T00:00:00Z" },
  { occurredAt: "0001-01-01T00:00:00Z" },
  { occurredAt: "0001-01-01T00:00:00+23:59" },
  { occurredAt: "9999-12-31T23:59:59.999-23:59" },
  { occurredAt: "2016-12-31T23:59:60Z" },
  { occurredAt: "1600-01-01T00:00:00Z" },
  { contacts: Array.from({ length: 1000 }, (_, i) => `<sip:n${i}@pbx.example>;expires=0`) },
  { contacts: Array.from({ length: 5000 }, () => "") },
  { contacts: [",".repeat(60_000)], status: 301 },
  { contacts: ['"'.repeat(60_000)], status: 301 },
  { contacts: ["<".repeat(60_000)], status: 301 },
  { contacts: [`"${"\\".repeat(60_000)}`], status: 301 },
  { contacts: [`<sip:a@b.example${";a".repeat(20_000)}>;expires=0`], status: 301 },
  { contacts: [`<sip:${"%".repeat(30_000)}@b.example>`], status: 301 },
  { reasonHeaders: ["Q.850;".repeat(9000)] },
  { reasonHeaders: [`Q.850;cause=${"9".repeat(50_000)}`] },
  { reasonHeaders: ["Q.850;cause=-22"] },
  { requestUri: "sip:constructor@__proto__" },
  { requestUri: `sip:a@${"a.".repeat(1000)}example` },
  { requestUri: `tel:+${"1".repeat(2000)}` },
  { requestUri: `sip:a@[${":".repeat(2000)}]` },
  { reason: "\u202e\u{1f4a9}" },
  { method: "invite" },
  { cseq: 4_294_967_295, expires: 4_294_967_295 },
  { branchOutcomes: Array.from({ length: 1000 }, () => 404), inDialog: true },
  { id: "__proto__", inDialog: true },
  { id: "../../etc", inDialog: true },
  { unknown: { deep: [[[[]]]] }, inDialog: true },
];
test.for(strange)("an event with %j does not cause a server error", async (fields, { book }) => {
  const { id } = await book.addContact("sip:other@pbx.example");
  const answer = await book.post("/v1/events", { body: { ...gone(A, 1), ...fields }, headers: wait });
  expect([200, 422]).toContain(answer.status);
  if (answer.status === 200) {
    const [receipt] = receiptsOf(answer).events;
    expect(receipt?.verdict?.code).toMatch(/^(recorded|unmatched|stale)$/);
    expect(await book.get(`/v1/events/${receipt?.id}`)).toMatchObject({ status: 200 });
  }
  expect(await book.shown(id)).toEqual(["sip:other@pbx.example active"]);
});

test("the raw event is kept as received, with unknown fields", async ({ book }) => {
  const body = { ...moved(A, B, 1), vendor: { "x-y": [1, null, "\u00e4"] } };
  expect(await book.reportOne(body)).toMatchObject({ raw: body, requestUri: A });
});
