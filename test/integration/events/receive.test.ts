import { describe, expect } from "vitest";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, expectStatus, pageOf, receiptsOf, wait } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, answered, at, B, gone, moved } from "../fold/calls.ts";

const url = "/v1/events";
const post = (book: Book, body: unknown, key = book.key) => book.post(url, { body, key });
const states = (answer: Parameters<typeof receiptsOf>[0]) =>
  receiptsOf(answer).events.map(({ state }) => state);
async function keptIds(book: Book): Promise<readonly string[]> {
  const { items } = bodyAs(pageOf("Event"), await book.get("/v1/events?limit=500"));
  return items.map(({ sourceEventId }) => sourceEventId).toSorted();
}

describe("POST /v1/events", () => {
  test("accepts one event with 202, its id and the sender's own id", async ({ book }) => {
    const answer = expectStatus(202, await post(book, gone(A, 1, { id: "pbx1-4711" })));
    expect(answer.body).toEqual({
      accepted: 1,
      duplicates: 0,
      rejected: 0,
      events: [{ id: expect.any(String), sourceEventId: "pbx1-4711", state: "accepted" }],
    });
    const [receipt] = receiptsOf(answer).events;
    expect(await book.get(`/v1/events/${receipt?.id}`)).toMatchObject({
      body: { sourceEventId: "pbx1-4711", source: "default", occurredAt: at(1), clockAdjusted: false },
    });
  });

  test("accepts an array of 1,000 events and an array of one", async ({ book }) => {
    for (const size of [1, 1000]) {
      const events = Array.from({ length: size }, (_, i) => gone(`sip:n${i}@pbx.example`, 1));
      const receipts = receiptsOf(expectStatus(202, await post(book, events)));
      expect(receipts).toMatchObject({ accepted: size, duplicates: 0, rejected: 0 });
      expect(receipts.events.map(({ sourceEventId }) => sourceEventId)).toEqual(events.map(({ id }) => id));
    }
  });

  test("refuses an empty array and an array of 1,001 events with 422, and stores none", async ({ book }) => {
    expectStatus(422, await post(book, []));
    expectStatus(
      422,
      await post(
        book,
        Array.from({ length: 1001 }, () => gone(A, 1)),
      ),
    );
    expect(await keptIds(book)).toEqual([]);
  });

  test("accepts the valid events of an array, and says where the others are invalid", async ({ book }) => {
    const good = [gone(A, 1), gone(B, 1), answered(A, 2)];
    const bad = [{ ...gone(A, 1), status: null }, { ...gone(A, 1), requestUri: undefined, contacts: "x" }, 7];
    const answer = expectStatus(202, await post(book, [good[0], good[1], bad[1], bad[0], good[2], bad[2]]));
    const { accepted, rejected, events } = receiptsOf(answer);
    expect({ accepted, rejected }).toEqual({ accepted: 3, rejected: 3 });
    expect(states(answer)).toEqual(["accepted", "accepted", "rejected", "rejected", "accepted", "rejected"]);
    expect(events[3]?.problem).toMatchObject({ status: 422, errors: [{ pointer: "/3/status" }] });
    expect(events[2]?.problem).toMatchObject({
      status: 422,
      errors: expect.arrayContaining([
        expect.objectContaining({ pointer: "/2/requestUri" }),
        expect.objectContaining({ pointer: "/2/contacts" }),
      ]),
    });
    expect(events[5]?.problem).toMatchObject({ status: 422, errors: [{ pointer: "/5" }] });
    expect(await keptIds(book)).toHaveLength(3);
  });

  test("returns each verdict if the caller prefers to wait", async ({ book }) => {
    await book.addContact(A);
    const answer = await book.post(url, {
      body: [moved(A, B, 1), gone("sip:x@y.example", 1)],
      headers: wait,
    });
    expect(expectStatus(200, answer).body).toMatchObject({
      events: [
        {
          state: "accepted",
          verdict: {
            code: "applied",
            rule: "moved-permanently",
            explanation: [expect.any(String), expect.any(String), expect.any(String)],
          },
        },
        { verdict: { code: "unmatched" } },
      ],
    });
    for (const prefer of ["wait=0", "respond-async", "wait=x", "wait=-1"])
      expectStatus(202, await book.post(url, { body: gone(A, 1), headers: { prefer } }));
  });

  test("accepts a source by name if it exists", async ({ book }) => {
    expectStatus(202, await post(book, gone(A, 1, { source: "kamailio" })));
    expect(await post(book, gone(A, 1, { source: "nowhere" }))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/source" }] },
    });
    const answer = await post(book, [gone(A, 1), gone(A, 1, { source: "nowhere" })]);
    expect(receiptsOf(expectStatus(202, answer)).events[1]?.problem).toMatchObject({
      status: 422,
      errors: [{ pointer: "/1/source" }],
    });
  });

  test("refuses other sources than that of an ingest key, also in an array", async ({ book }) => {
    const key = await book.makeKey("ingest", "kamailio");
    expectStatus(202, await post(book, gone(A, 1, { source: "kamailio" }), key));
    expectStatus(202, await post(book, gone(A, 1, { id: "own" }), key));
    expect(await book.get("/v1/events?source=kamailio")).toMatchObject({
      body: { items: expect.arrayContaining([expect.objectContaining({ sourceEventId: "own" })]) },
    });
    expectStatus(403, await post(book, gone(A, 1, { source: "default" }), key));
    const answer = await post(book, [gone(A, 1), gone(A, 1, { source: "default" })], key);
    if (answer.status !== 403) {
      expect(states(expectStatus(202, answer))).toEqual(["accepted", "rejected"]);
      expect(receiptsOf(answer).events[1]?.problem).toMatchObject({ status: 403 });
    }
    expectStatus(403, await post(book, gone(A, 1), await book.makeKey("read")));
  });

  test("a source in observe mode records events but changes nothing", async ({ book }) => {
    expectStatus(200, await book.patch("/v1/sources/kamailio", { body: { mode: "observe" } }));
    const { id } = await book.addContact(A);
    expect(await book.report(gone(A, 1, { source: "kamailio" }))).toEqual(["recorded/observe-mode"]);
    expect(await book.shown(id)).toEqual([`${A} active`]);
  });
});

const ahead = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

describe("the time of an event", () => {
  test("is the time of receipt if it is left out", async ({ book }) => {
    const { occurredAt, receivedAt, clockAdjusted } = await book.reportOne({
      id: "1",
      requestUri: A,
      status: 486,
    });
    expect({ occurredAt, clockAdjusted }).toEqual({ occurredAt: receivedAt, clockAdjusted: false });
  });

  test("is set back to the receipt if it is more than five minutes ahead", async ({ book }) => {
    const event = await book.reportOne(gone(A, 0, { occurredAt: ahead(6) }));
    expect(event).toMatchObject({ clockAdjusted: true, occurredAt: event.receivedAt });
    const slight = ahead(4);
    expect(await book.reportOne(gone(A, 0, { occurredAt: slight }))).toMatchObject({
      clockAdjusted: false,
      occurredAt: slight,
    });
  });

  test("is kept in UTC with milliseconds, whatever zone and precision it had", async ({ book }) => {
    for (const [given, kept] of [
      ["2020-01-01T01:00:00+01:00", "2020-01-01T00:00:00.000Z"],
      ["2020-01-01T00:00:00.123456789Z", "2020-01-01T00:00:00.123Z"],
    ] as const)
      expect(await book.reportOne(gone(A, 0, { occurredAt: given }))).toMatchObject({ occurredAt: kept });
  });
});
