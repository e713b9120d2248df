import { describe, expect, test } from "vitest";
import { FeedPage } from "../../../src/wire/book/changes.ts";
import { listOf } from "../../../src/wire/shapes.ts";
import type { TestApp } from "../../support/app.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { bodyAs, type Client, openClient } from "../../support/pages/contract.ts";
import { readPages } from "../../support/pages/pages.ts";
import { insertChange, insertContact, keyOf, minutes } from "../../support/rows.ts";
import { sharedApp } from "../../support/shared.ts";

const server = await sharedApp();

async function open(): Promise<{ book: TestBook; client: Client; db: TestApp["db"] }> {
  const book = await makeBook(server.db);
  return { book, client: openClient(server.app, book.key), db: server.db };
}

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
        import: null,
        undoes: null,
        forced: false,
      },
    });
    expect((await client.get(`/v1/history/${third}`)).body).toMatchObject({ before: null, after: null });
  });

  test("is a feed in order, and next is the cursor to continue with", async () => {
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
  });

  test("contains only changes of its book", async () => {
    const { client, db } = await open();
    const other = await makeBook(db);
    const contact = await insertContact(db, other);
    const id = await insertChange(db, other, contact, 1);
    expect((await client.get("/v1/feed")).body).toEqual({ items: [], next: 0 });
    expect((await client.get(`/v1/history?contact=${contact}`)).body).toEqual({ items: [], next: null });
    expect(await client.get(`/v1/history/${id}`)).toMatchObject({ status: 404 });
  });
});
