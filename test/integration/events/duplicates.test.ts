import { randomUUID } from "node:crypto";
import { describe, expect } from "vitest";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, countOf, expectStatus, pageOf, receiptsOf } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { A, at, B, call, type EventBody, gone, moved } from "../fold/calls.ts";

const service = await sharedService();

const post = (book: Book, body: unknown) => book.post("/v1/events", { body });
const states = (answer: Parameters<typeof receiptsOf>[0]) =>
  receiptsOf(answer).events.map(({ state }) => state);
async function keptIds(book: Book): Promise<readonly string[]> {
  const { items } = bodyAs(pageOf("Event"), await book.get("/v1/events?limit=500"));
  return items.map(({ sourceEventId }) => sourceEventId).toSorted();
}

describe("an event with a known id", () => {
  const event = moved(A, B, 1, { reason: "Moved Permanently", callId: "c1" });

  test("is a duplicate if the content is the same, and gets the id of the first event", async ({ book }) => {
    const [first] = receiptsOf(await post(book, event)).events;
    const again = receiptsOf(expectStatus(202, await post(book, event)));
    expect(again).toEqual({
      accepted: 0,
      duplicates: 1,
      rejected: 0,
      events: [{ id: first?.id, sourceEventId: event.id, state: "duplicate" }],
    });
    expect(await keptIds(book)).toHaveLength(1);
  });

  test("is a duplicate even if the times differ, and the first time is kept", async ({ book }) => {
    const [first] = receiptsOf(await post(book, event)).events;
    for (const occurredAt of [at(5), undefined])
      expect(states(await post(book, { ...event, occurredAt }))).toEqual(["duplicate"]);
    expect(await book.get(`/v1/events/${first?.id}`)).toMatchObject({ body: { occurredAt: at(1) } });
  });

  // an event with a known id and another … is a conflict
  const contents: [string, Partial<EventBody>][] = [
    ["method", { method: "REGISTER" }],
    ["requestUri", { requestUri: "sip:other@pbx.example" }],
    ["status", { status: 410 }],
    ["contact", { contacts: ["<sip:evil@pbx.example>"] }],
    ["Reason header", { reasonHeaders: ["Q.850;cause=23"] }],
    ["inDialog", { inDialog: true }],
  ];
  test.for(contents)(
    "gives 409 with another %s, and is rejected in an array",
    async ([, differs], { book }) => {
      await post(book, event);
      expectStatus(409, await post(book, { ...event, ...differs }));
      const answer = await post(book, [gone(A, 1), { ...event, ...differs }, event]);
      expect(states(expectStatus(202, answer))).toEqual(["accepted", "rejected", "duplicate"]);
      expect(receiptsOf(answer).events[1]?.problem).toMatchObject({ status: 409 });
      expect(await keptIds(book)).toHaveLength(2);
    },
  );

  test("twice in one array is stored once", async ({ book }) => {
    const other = { ...event, status: 410 };
    const answer = await post(book, [event, event, other]);
    expect(states(expectStatus(202, answer))).toEqual(["accepted", "duplicate", "rejected"]);
    const { events } = receiptsOf(answer);
    expect(events[1]?.id).toBe(events[0]?.id);
    expect(events[2]?.problem).toMatchObject({ status: 409 });
    expect(await keptIds(book)).toEqual([event.id]);
  });

  test("is a new event in another source or another book", async () => {
    const [book, other] = [await service.makeBook(), await service.makeBook()];
    for (const [where, body] of [
      [book, event],
      [book, { ...event, source: "kamailio" }],
      [other, event],
    ] as const)
      expect(states(await post(where, body))).toEqual(["accepted"]);
  });

  test("is stored once, however many requests send it at the same time", async ({ book }) => {
    const { id } = await book.addContact(A);
    const ids = Array.from({ length: 40 }, () => randomUUID());
    const batches = Array.from({ length: 50 }, (_, i) =>
      Array.from({ length: 20 }, (_unused, j) => ids[(i * 7 + j * (1 + (i % 3))) % ids.length] ?? "").map(
        (eventId) => call(486, A, 1, { id: eventId, callId: eventId }),
      ),
    );
    const answers = await Promise.all(batches.map((batch) => post(book, batch)));
    const receipts = answers.map((answer) => receiptsOf(expectStatus(202, answer)));
    expect(receipts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(
      new Set(batches.flat().map((e) => e.id)).size,
    );
    expect(receipts.every(({ rejected }) => rejected === 0)).toBe(true);
    const byOwnId = Map.groupBy(
      receipts.flatMap(({ events }) => events),
      ({ sourceEventId }) => sourceEventId,
    );
    for (const same of byOwnId.values()) expect(new Set(same.map((receipt) => receipt.id)).size).toBe(1);
    expect(new Set(await keptIds(book))).toEqual(new Set(byOwnId.keys()));
    expect(await book.shown(id)).toEqual([`${A} active`]);
  });

  test("is accepted once and a conflict 49 times if fifty requests send fifty contents", async ({ book }) => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => post(book, call(400 + i, A, 1, { id: "same" }))),
    );
    expect(countOf(answers.map(({ status }) => status))).toEqual({ 202: 1, 409: 49 });
  });
});

describe("an event without an id", () => {
  const { id: _, ...event } = gone(A, 1, { callId: "call-1", cseq: 7 });

  test("gets an id from its call, Request-URI and status, so that it can be recognised", async ({ book }) => {
    const first = receiptsOf(await post(book, event)).events[0];
    expect(first?.sourceEventId).toMatch(/.+/);
    for (const same of [event, { ...event, occurredAt: at(9) }])
      expect(await post(book, same)).toMatchObject({
        status: 202,
        body: { events: [{ id: first?.id, state: "duplicate" }] },
      });
    for (const other of [
      { cseq: 8 },
      { callId: "call-2" },
      { status: 486 },
      { requestUri: B },
      { source: "kamailio" },
    ])
      expect(states(await post(book, { ...event, ...other })), JSON.stringify(other)).toEqual(["accepted"]);
  });

  test("is the same event if only the spelling of the Request-URI differs", async ({ book }) => {
    const [first] = receiptsOf(await post(book, event)).events;
    const respelled = { ...event, requestUri: "sip:%61@PBX.example:5060" };
    expect(await post(book, respelled)).toMatchObject({
      status: 202,
      body: { events: [{ id: first?.id, state: "duplicate" }] },
    });
  });

  test("gives 422 if it has no Call-ID either", async ({ book }) => {
    const { callId: _callId, ...anonymous } = event;
    for (const body of [anonymous, { ...anonymous, callId: null }, { ...anonymous, id: "" }])
      expectStatus(422, await post(book, body));
  });
});
