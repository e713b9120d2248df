import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Contact, Event, FeedPage, listOf } from "../../src/schemas.ts";
import { openTestApp, type TestApp } from "../support/app.ts";
import { makeBook, type TestBook } from "../support/book.ts";
import { bodyAs, type Client, openClient } from "../support/contract.ts";
import {
  insertAddress,
  insertChange,
  insertContact,
  insertEvent,
  insertLineage,
  keyOf,
  minutes,
  moment,
} from "../support/rows.ts";

let server: TestApp;
beforeAll(async () => {
  server = await openTestApp(inject("databaseUrl"));
});
afterAll(() => server.close());

async function open(): Promise<{ book: TestBook; client: Client; db: TestApp["db"] }> {
  const book = await makeBook(server.db);
  return { book, client: openClient(server.app, book.key), db: server.db };
}

const idsOf = (answer: {
  readonly body: unknown;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}) => bodyAs(listOf("Contact"), answer).items.map(({ id }) => id);

/** Follows the Link header to the end. */
async function readPages(client: Client, first: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let url: string | undefined = first; url !== undefined; ) {
    const answer = await client.get(url);
    const { items, next } = answer.body as { items: { id: string }[]; next: string | null }; // openapi.yaml has checked it
    pages.push(items.map(({ id }) => id));
    url = /^<([^>]+)>; rel="next"$/.exec(answer.headers["link"] ?? "")?.[1];
    expect(next === null).toBe(url === undefined);
  }
  return pages;
}

describe("a contact", () => {
  test("shows its active addresses; gone ones when asked; merged and removed ones never", async () => {
    const { book, client, db } = await open();
    const id = await insertContact(db, book, { externalId: "crm-1", version: 3 });
    const shown = await insertAddress(db, book, id, "sip:alice@new.example", {
      label: "work",
      assertedUri: "sip:alice@old.example",
    });
    const gone = await insertAddress(db, book, id, "sip:alice@gone.example", { status: "gone" });
    await insertAddress(db, book, id, "sip:alice@removed.example", { status: "removed" });
    await insertAddress(db, book, id, "sip:ALICE@old.example", { mergedInto: shown });
    const answer = await client.get(`/v1/contacts/${id}`);
    expect(answer).toEqual({
      status: 200,
      headers: expect.objectContaining({ etag: '"3"', "content-type": "application/json; charset=utf-8" }),
      body: {
        id,
        name: "Alice",
        externalId: "crm-1",
        version: 3,
        addresses: [
          {
            id: shown,
            uri: "sip:alice@new.example",
            label: "work",
            state: "active",
            assertedUri: "sip:alice@old.example",
            assertedAt: moment.toISOString(),
          },
        ],
        createdAt: moment.toISOString(),
        updatedAt: moment.toISOString(),
        archivedAt: null,
      },
    });
    const all = bodyAs(Contact, await client.get(`/v1/contacts/${id}?include=gone`));
    expect(all.addresses.map(({ id, state }) => [id, state])).toEqual([
      [shown, "active"],
      [gone, "gone"],
    ]);
  });

  test("that has not changed is 304", async () => {
    const { book, client, db } = await open();
    const id = await insertContact(db, book, { version: 7 });
    for (const [tag, status] of [
      ['"7"', 304],
      ['"6", W/"7"', 304],
      ["*", 304],
      ['"6"', 200],
      ["7", 200],
    ] as const) {
      expect(await client.get(`/v1/contacts/${id}`, { headers: { "if-none-match": tag } })).toMatchObject({
        status,
      });
    }
  });

  test("that is archived is 410 and says where its history is, unless it is asked for", async () => {
    const { book, client, db } = await open();
    const id = await insertContact(db, book, { archivedAt: minutes(5), archivedBy: "empty" });
    await insertChange(db, book, id, 1);
    const links = { history: `/v1/contacts/${id}/history` };
    expect(await client.get(`/v1/contacts/${id}`)).toMatchObject({
      status: 410,
      body: { type: "urn:sipbook:problem:contact-archived", links },
    });
    expect(await client.get(links.history)).toMatchObject({
      status: 200,
      body: { items: [{ sequence: 1 }] },
    });
    expect(await client.get(`/v1/contacts/${id}?include=gone`)).toMatchObject({
      status: 200,
      body: { archivedAt: minutes(5).toISOString() },
    });
  });

  test("of another book is not there", async () => {
    const { client, db } = await open();
    const other = await makeBook(db);
    const id = await insertContact(db, other);
    expect(await client.get(`/v1/contacts/${id}`)).toMatchObject({ status: 404 });
    expect(await client.get(`/v1/contacts/${id}/history`)).toMatchObject({ status: 404 });
    expect(await client.get(`/v1/contacts/${id}?book=${other.name}`)).toMatchObject({ status: 200 });
  });
});

describe("contacts are found", () => {
  test("by a shown address in any equivalent spelling", async () => {
    const { book, client, db } = await open();
    const id = await insertContact(db, book);
    await insertAddress(db, book, id, "sip:alice@old.example");
    await insertAddress(db, book, id, "sip:alice@gone.example", { status: "gone" });
    await insertAddress(db, book, id, "tel:+44-20-7946-0018");
    await insertContact(db, book);
    for (const uri of [
      "sip:alice@old.example",
      "SIPS:%61lice@OLD.example.",
      "sip:alice@old.example:5060;transport=udp",
      "tel:+442079460018",
      "tel:+44(20)79460018",
    ]) {
      expect([uri, idsOf(await client.get(`/v1/contacts?uri=${encodeURIComponent(uri)}`))]).toEqual([
        uri,
        [id],
      ]);
    }
    expect(idsOf(await client.get("/v1/contacts?uri=tel:+442079460018"))).toEqual([id]);
    expect(idsOf(await client.get("/v1/contacts?uri=sip:Alice@old.example"))).toEqual([]);
    expect(idsOf(await client.get("/v1/contacts?uri=sip:alice@gone.example"))).toEqual([]);
    expect(idsOf(await client.get("/v1/contacts?uri=sip:alice@gone.example&include=gone"))).toEqual([id]);
  });

  test("by any part of the name, taken literally", async () => {
    const { book, client, db } = await open();
    const names = ["Alice Liddell", "100% Bob", "under_score", "back\\slash", "Éva"];
    const ids = new Map<string, string>();
    for (const name of names) ids.set(name, await insertContact(db, book, { name }));
    const cases = [
      ["LID", "Alice Liddell"],
      ["%", "100% Bob"],
      ["r_s", "under_score"],
      ["\\", "back\\slash"],
      ["éVA", "Éva"],
    ] as const;
    for (const [q, name] of cases) {
      expect([q, idsOf(await client.get(`/v1/contacts?q=${encodeURIComponent(q)}`))]).toEqual([
        q,
        [ids.get(name)],
      ]);
    }
  });

  test("by external id, archived or not, and by all conditions together", async () => {
    const { book, client, db } = await open();
    const live = await insertContact(db, book, { externalId: "a/1", name: "Alice" });
    const old = await insertContact(db, book, {
      externalId: "a/2",
      name: "Alice",
      archivedAt: moment,
      archivedBy: "person",
    });
    expect(idsOf(await client.get("/v1/contacts?externalId=a%2F1"))).toEqual([live]);
    expect(idsOf(await client.get("/v1/contacts?q=alice"))).toEqual([live]);
    expect(idsOf(await client.get("/v1/contacts?q=alice&include=gone"))).toEqual([live, old]);
    expect(idsOf(await client.get("/v1/contacts?q=alice&archived=true"))).toEqual([old]);
    expect(idsOf(await client.get("/v1/contacts?q=alice&archived=false&include=gone"))).toEqual([live]);
    expect(idsOf(await client.get("/v1/contacts?q=alice&archived=true&externalId=a%2F1"))).toEqual([]);
  });

  test("page by page, with the other conditions kept, none twice and none lost", async () => {
    const { book, client, db } = await open();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push(await insertContact(db, book, { name: `Söhne & Co ${i}` }));
    await insertContact(db, book, { name: "Bob" });
    const pages = await readPages(client, `/v1/contacts?limit=3&q=${encodeURIComponent("söhne & co")}`);
    expect(pages).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
  });

  test("at most 500 on a page", async () => {
    const { book, client, db } = await open();
    await db.contact.createMany({
      data: Array.from({ length: 501 }, () => ({
        id: randomUUID(),
        bookId: book.id,
        name: "x",
        createdAt: moment,
        updatedAt: moment,
      })),
    });
    expect(idsOf(await client.get("/v1/contacts?limit=100000"))).toHaveLength(500);
    expect(idsOf(await client.get("/v1/contacts"))).toHaveLength(50);
  });
});

describe("an event", () => {
  test("is shown with what was sent, its verdict in words, and each address it met", async () => {
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

  test("that waits has no verdict; one that failed has its error; raw text stays text", async () => {
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

  test("before an assertion says by how long it was too late", async () => {
    const { book, client, db } = await open();
    const contactId = await insertContact(db, book);
    await insertAddress(db, book, contactId, "sip:alice@old.example", { assertedAt: minutes(2) });
    const id = await insertEvent(db, book, { verdict: "stale", rule: "before-assertion" });
    const { verdict } = bodyAs(Event, await client.get(`/v1/events/${id}`));
    expect(verdict?.explanation).toContain(
      "The call happened 60 s before: the address was set at 2026-11-22T10:02:00.000Z.",
    );
  });
});

describe("events are listed newest first", () => {
  test("page by page, also where many happened in one moment", async () => {
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

describe("history", () => {
  test("is listed newest first, by contact, address, source, kind and time", async () => {
    const { book, client, db } = await open();
    const [alice, bob] = [await insertContact(db, book), await insertContact(db, book)];
    const first = await insertChange(db, book, alice, 1);
    const second = await insertChange(db, book, alice, 2, {
      kind: "rewritten",
      causeKind: "event",
      sourceName: "default",
      status: 301,
      reason: "Moved Permanently",
      beforeUri: "sip:alice@old.example",
      beforeKey: keyOf("sip:alice@old.example"),
      beforeState: "active",
      afterUri: "sip:alice@new.example",
      afterKey: keyOf("sip:alice@new.example"),
    });
    const third = await insertChange(db, book, bob, 3, {
      kind: "archived",
      afterUri: null,
      afterKey: null,
      afterState: null,
    });
    const list = async (query: string) =>
      bodyAs(listOf("Change"), await client.get(`/v1/history?${query}`)).items.map(({ id }) => id);
    expect(await list("")).toEqual([third, second, first]);
    expect(await list(`contact=${alice}`)).toEqual([second, first]);
    expect(await list("uri=sip:alice@old.example")).toEqual([second, first]);
    expect(await list("uri=sip:alice@new.example")).toEqual([second]);
    expect(await list("source=default")).toEqual([second]);
    expect(await list("kind=archived")).toEqual([third]);
    expect(await list(`from=${minutes(2).toISOString()}`)).toEqual([third, second]);
    expect(await list(`to=${minutes(2).toISOString()}`)).toEqual([first]);
    expect(await readPages(client, "/v1/history?limit=2")).toEqual([[third, second], [first]]);
    expect((await client.get(`/v1/contacts/${alice}/history?limit=1`)).body).toMatchObject({
      items: [{ id: second }],
    });
    expect((await client.get(`/v1/history/${second}`)).body).toEqual({
      id: second,
      sequence: 2,
      at: minutes(2).toISOString(),
      contactId: alice,
      addressId: null,
      kind: "rewritten",
      before: { uri: "sip:alice@old.example", state: "active" },
      after: { uri: "sip:alice@new.example", state: "active" },
      cause: {
        kind: "event",
        eventId: null,
        status: 301,
        reason: "Moved Permanently",
        source: "default",
        actor: null,
        undoes: null,
        forced: false,
      },
    });
    expect((await client.get(`/v1/history/${third}`)).body).toMatchObject({ before: null, after: null });
  });

  test("is a feed: in order, and next is where to go on", async () => {
    const { book, client, db } = await open();
    const contact = await insertContact(db, book);
    for (let i = 1; i <= 5; i++) await insertChange(db, book, contact, i);
    const read = async (query: string) => {
      const { items, next } = bodyAs(FeedPage, await client.get(`/v1/feed?${query}`));
      return [items.map(({ sequence }) => sequence), next];
    };
    expect(await read("")).toEqual([[1, 2, 3, 4, 5], 5]);
    expect(await read("limit=2")).toEqual([[1, 2], 2]);
    expect(await read("after=2&limit=2")).toEqual([[3, 4], 4]);
    expect(await read("after=5")).toEqual([[], 5]);
    expect(await read("after=99")).toEqual([[], 99]);
    expect(await read(`after=${Number.MAX_SAFE_INTEGER}`)).toEqual([[], Number.MAX_SAFE_INTEGER]);
  });

  test("belongs to its book", async () => {
    const { client, db } = await open();
    const other = await makeBook(db);
    const contact = await insertContact(db, other);
    const id = await insertChange(db, other, contact, 1);
    expect((await client.get("/v1/feed")).body).toEqual({ items: [], next: 0 });
    expect((await client.get(`/v1/history?contact=${contact}`)).body).toEqual({ items: [], next: null });
    expect(await client.get(`/v1/history/${id}`)).toMatchObject({ status: 404 });
  });
});
