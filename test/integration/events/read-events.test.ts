import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Event } from "../../../src/wire/calls/events.ts";
import { listOf } from "../../../src/wire/shapes.ts";
import type { TestApp } from "../../support/app.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { bodyAs, type Client, openClient } from "../../support/pages/contract.ts";
import { readPages } from "../../support/pages/pages.ts";
import {
  insertAddress,
  insertChange,
  insertContact,
  insertEvent,
  insertLineage,
  keyOf,
  minutes,
} from "../../support/rows.ts";
import { sharedApp } from "../../support/shared.ts";

const server = await sharedApp();

async function open(): Promise<{ book: TestBook; client: Client; db: TestApp["db"] }> {
  const book = await makeBook(server.db);
  return { book, client: openClient(server.app, book.key), db: server.db };
}

describe("an event", () => {
  test("is shown with what was sent, its verdict in words, and each address that it matched", async () => {
    const { book, client, db } = await open();
    const contactId = await insertContact(db, book);
    const eventId = await insertEvent(db, book, {
      verdict: "applied",
      rule: "moved-permanently",
      decidedAt: minutes(2),
      attempts: 1,
    });
    const addressId = await insertAddress(db, book, contactId, "sip:alice@old.example", {
      uri: "sip:alice@new.example",
    });
    await insertLineage(db, book, addressId, "sip:alice@new.example", { eventId, fromAt: minutes(1) });
    const changeId = await insertChange(db, book, contactId, 1, {
      addressId,
      kind: "rewritten",
      causeKind: "event",
      eventId,
    });
    expect((await client.get(`/v1/events/${eventId}`)).body).toMatchObject({
      id: eventId,
      source: "default",
      occurredAt: minutes(1).toISOString(),
      requestUri: "sip:alice@old.example",
      contacts: ["<sip:alice@new.example>"],
      raw: { requestUri: "sip:alice@old.example" },
      verdict: {
        code: "applied",
        rule: "moved-permanently",
        explanation: expect.arrayContaining([
          "The source default reported 301 Moved Permanently for sip:alice@old.example at 2026-11-22T10:01:00.000Z, with sip:alice@new.example as the new address.",
        ]),
      },
      outcomes: [{ contactId, addressId, code: "applied", rule: "moved-permanently", changeId }],
    });
  });

  test("has no verdict while pending, has its error if it failed, and shows raw text as text", async () => {
    const { book, client, db } = await open();
    const waiting = await insertEvent(db, book, { raw: "Event: 301\r\n" });
    const failed = await insertEvent(db, book, {
      verdict: "failed",
      rule: "fault",
      error: "TypeError at fold",
      attempts: 5,
    });
    expect((await client.get(`/v1/events/${waiting}`)).body).toMatchObject({
      verdict: null,
      outcomes: [],
      raw: "Event: 301\r\n",
    });
    expect((await client.get(`/v1/events/${failed}`)).body).toMatchObject({
      verdict: { code: "failed", rule: "fault" },
      error: "TypeError at fold",
      attempts: 5,
    });
  });

  test("from before an assertion says by how much it was too late", async () => {
    const { book, client, db } = await open();
    const contactId = await insertContact(db, book);
    await insertAddress(db, book, contactId, "sip:alice@old.example", { assertedAt: minutes(2) });
    const id = await insertEvent(db, book, { verdict: "stale", rule: "before-assertion" });
    const { verdict } = bodyAs(Event, await client.get(`/v1/events/${id}`));
    expect(verdict?.explanation).toContain(
      "The call happened 60 s before the address was asserted at 2026-11-22T10:02:00.000Z.",
    );
  });
});

describe("events are listed newest first", () => {
  test("page by page, even if many happened at the same moment", async () => {
    const { book, client, db } = await open();
    const ids: string[] = [];
    for (const at of [3, 3, 3, 2, 2, 1]) ids.push(await insertEvent(db, book, { occurredAt: minutes(at) }));
    const newest = [2, 1, 0, 4, 3, 5].map((i) => ids[i]);
    expect((await readPages(client, "/v1/events?limit=2")).flat()).toEqual(newest);
    const { items } = bodyAs(listOf("Event"), await client.get("/v1/events"));
    expect(items.map(({ id }) => id)).toEqual(newest);
    expect(items[0]).not.toHaveProperty("raw");
  });

  test("by address, source, verdict, rule and time", async () => {
    const { book, client, db } = await open();
    const trunk = await db.source.create({
      data: { id: randomUUID(), bookId: book.id, name: "trunk", dialect: "default" },
    });
    const moved = await insertEvent(db, book, { verdict: "applied", rule: "moved-permanently" });
    const held = await insertEvent(db, book, {
      verdict: "held",
      rule: "diversion",
      occurredAt: minutes(2),
      sourceId: trunk.id,
    });
    const gone = await insertEvent(db, book, {
      verdict: "applied",
      rule: "gone",
      occurredAt: minutes(3),
      key: keyOf("sip:bob@old.example"),
    });
    const list = async (query: string) =>
      bodyAs(listOf("Event"), await client.get(`/v1/events?${query}`)).items.map(({ id }) => id);
    expect(await list("uri=sip:bob@OLD.example")).toEqual([gone]);
    expect(await list("source=trunk")).toEqual([held]);
    expect(await list("source=nowhere")).toEqual([]);
    expect(await list("verdict=applied")).toEqual([gone, moved]);
    expect(await list("rule=diversion")).toEqual([held]);
    expect(await list("rule=diversion&verdict=applied")).toEqual([]);
    expect(await list(`from=${minutes(2).toISOString()}`)).toEqual([gone, held]);
    expect(await list(`to=${minutes(2).toISOString()}`)).toEqual([moved]);
    expect(
      await list(`from=${minutes(1).toISOString()}&to=${minutes(2).toISOString()}&verdict=applied`),
    ).toEqual([moved]);
    expect(await list("from=2026-11-22T11:02:00%2B01:00")).toEqual([gone, held]);
  });
});
