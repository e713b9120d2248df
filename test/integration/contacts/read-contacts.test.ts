import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Contact } from "../../../src/wire/book/contacts.ts";
import { listOf } from "../../../src/wire/shapes.ts";
import type { TestApp } from "../../support/app.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { type Answer, bodyAs, type Client, openClient } from "../../support/pages/contract.ts";
import { readPages } from "../../support/pages/pages.ts";
import { insertAddress, insertChange, insertContact, minutes, moment } from "../../support/rows.ts";
import { sharedApp } from "../../support/shared.ts";

const server = await sharedApp();

async function open(): Promise<{ book: TestBook; client: Client; db: TestApp["db"] }> {
  const book = await makeBook(server.db);
  return { book, client: openClient(server.app, book.key), db: server.db };
}

const idsOf = (answer: Answer) => bodyAs(listOf("Contact"), answer).items.map(({ id }) => id);

describe("a contact", () => {
  test("shows active addresses, gone ones on request, and merged or removed ones never", async () => {
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
    expect(all.addresses.map((address) => [address.id, address.state])).toEqual([
      [shown, "active"],
      [gone, "gone"],
    ]);
  });

  test("gives 304 if it has not changed", async () => {
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

  test("gives 410 with a link to its history if it is archived, unless the query includes archived contacts", async () => {
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

  test("of another book is not found", async () => {
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

  test("by any part of the name, compared literally", async () => {
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

  test("page by page with the other conditions kept, each exactly once", async () => {
    const { book, client, db } = await open();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push(await insertContact(db, book, { name: `Söhne & Co ${i}` }));
    await insertContact(db, book, { name: "Bob" });
    const pages = await readPages(client, `/v1/contacts?limit=3&q=${encodeURIComponent("söhne & co")}`);
    expect(pages).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
  });

  test("with at most 500 per page", async () => {
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
