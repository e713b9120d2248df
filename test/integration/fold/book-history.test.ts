import { describe, expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs, faultAt } from "../../support/pages/contract.ts";
import { type Book } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, answered, at, B, C, gone, moved } from "./calls.ts";
import { checkedService } from "./invariants.ts";

const service = await checkedService();

const active = (uri: string) => ({ uri, state: "active" });

describe("history", () => {
  test("has a row for each visible change, with before, after and cause", async () => {
    const book = await service.makeBook("keep");
    const contact = await book.addContact(A);
    const [address] = contact.addresses;
    const event = await book.reportOne(moved(A, B, 1, { reason: "Moved Permanently" }));
    await book.report(gone(B, 2, { reason: "Gone" }), answered(B, 3));
    const about = { contactId: contact.id, addressId: address?.id };
    expect(await book.changes()).toMatchObject([
      { ...about, sequence: 1, kind: "asserted", before: null, after: active(A) },
      {
        ...about,
        kind: "rewritten",
        before: active(A),
        after: active(B),
        cause: {
          kind: "event",
          eventId: event.id,
          status: 301,
          reason: "Moved Permanently",
          source: "default",
          actor: null,
          undoes: null,
        },
      },
    ]);
    expect(event.outcomes).toMatchObject([{ changeId: (await book.changes())[1]?.id }]);
  });

  test("has a row for a 410 and for a later answered call", async () => {
    const book = await service.makeBook("keep");
    await book.addContact(A);
    await book.report(gone(A, 1, { reason: "Gone" }));
    await book.report(answered(A, 2));
    const goneA = { uri: A, state: "gone" };
    expect((await book.changes()).slice(1)).toMatchObject([
      { kind: "removed", before: active(A), after: goneA, cause: { kind: "event", status: 410 } },
      { kind: "restored", before: goneA, after: active(A), cause: { kind: "event", status: 200 } },
    ]);
  });

  test("shows a merge and its reversal on both addresses", async () => {
    const book = await service.makeBook("keep");
    const [first, second] = (await book.addContact(A, B)).addresses;
    await book.report(moved(A, B, 4));
    await book.report(moved(A, C, 2));
    const merged = { uri: B, state: "merged" };
    expect((await book.changes()).slice(2)).toMatchObject([
      { addressId: first?.id, kind: "rewritten", before: active(A), after: active(B) },
      { addressId: second?.id, kind: "merged", before: active(B), after: merged },
      { addressId: first?.id, kind: "corrected", before: active(B), after: active(C) },
      { addressId: second?.id, kind: "corrected", before: merged, after: active(B) },
    ]);
  });

  test("calls a change a correction if a late event caused it", async () => {
    const book = await service.makeBook("keep");
    await book.addContact(A);
    await book.report(moved(A, B, 2));
    const { id } = await book.reportOne(moved(A, C, 1));
    expect((await book.changes()).slice(2)).toMatchObject([
      { kind: "corrected", before: active(B), after: active(C), cause: { kind: "event", eventId: id } },
    ]);
  });

  test("has no row for a change that is not visible", async () => {
    const book = await service.makeBook("keep");
    await book.addContact(A);
    await book.report(answered(A, 3));
    expect(await book.report(gone(A, 2))).toEqual(["applied/gone"]);
    expect(await book.changes()).toHaveLength(1);
  });

  test("has a row when a 410 is reverted, because its call was answered on another branch", async () => {
    const book = await service.makeBook("keep");
    await book.addContact(A);
    const sameCall = { callId: "fork", cseq: 1 };
    await book.report(gone(A, 1, sameCall));
    await book.report(answered("sip:other@pbx.example", 2, sameCall));
    expect((await book.changes()).slice(1)).toMatchObject([
      { kind: "removed" },
      { kind: "corrected", before: { uri: A, state: "gone" }, after: active(A) },
    ]);
  });

  test("gives a contact a new version and ETag for every visible change, and only then", async () => {
    const book = await service.makeBook("keep");
    const { id, version } = await book.addContact(A);
    const etagOf = async () => (await book.get(`/v1/contacts/${id}`)).headers["etag"];
    const etags = [await etagOf()];
    for (const event of [moved(A, B, 1), gone(B, 2), answered(B, 3)]) {
      await book.report(event);
      etags.push(await etagOf());
    }
    expect(new Set(etags).size).toBe(4);
    await book.report(answered(B, 4), moved(B, "sip:b@10.0.0.1", 5), moved(A, C, 6));
    expect(await etagOf()).toBe(etags[3]);
    const contact = bodyAs(shapes.Contact, await book.get(`/v1/contacts/${id}`));
    expect(contact.version).toBe(version + 3);
    expect(contact.addresses).toMatchObject([{ uri: B, assertedUri: A, assertedAt: at(0) }]);
  });
});

async function add(book: Book, uri: string, assertedAt?: string) {
  const address = assertedAt === undefined ? { uri } : { uri, assertedAt };
  return book.post("/v1/contacts", { body: { name: "Alice", addresses: [address] } });
}

describe("an address that is asserted after its calls", () => {
  test("takes part in earlier calls that matched no address", async ({ book }) => {
    const events = [moved(A, B, 1), moved(B, C, 2), gone("sip:else@pbx.example", 3)];
    expect(await book.report(...events)).toEqual(Array(3).fill("unmatched/no-address"));
    const answer = await add(book, A, at(0));
    expect(answer).toMatchObject({
      status: 201,
      body: { addresses: [{ uri: C, state: "active", assertedUri: A, assertedAt: at(0) }] },
    });
    expect(await book.report(...events)).toEqual([
      "applied/moved-permanently",
      "applied/moved-permanently",
      "unmatched/no-address",
    ]);
    expect((await book.changes()).map(({ kind }) => kind)).toEqual(["asserted", "rewritten", "rewritten"]);
  });

  test("is changed only by calls after its own time", async ({ book }) => {
    const events = [moved(A, B, 1), moved(A, C, 3)];
    await book.report(...events);
    expect(await add(book, A, at(2))).toMatchObject({ body: { addresses: [{ uri: C }] } });
    expect(await book.report(...events)).toEqual(["stale/before-assertion", "applied/moved-permanently"]);
  });

  test("is not changed by any of them if no time is given", async ({ book }) => {
    const event = moved(A, B, 1);
    await book.report(event);
    expect(await add(book, A)).toMatchObject({ body: { addresses: [{ uri: A, state: "active" }] } });
    expect(await book.report(event)).toEqual(["stale/before-assertion"]);
  });

  test("may be gone at once, and then its contact is archived", async () => {
    const book = await service.makeBook("archive");
    await book.report(gone(A, 1));
    const answer = await add(book, A, at(0));
    expect(answer).toMatchObject({ status: 201, body: { archivedAt: expect.any(String) } });
  });

  test("cannot be asserted in the future", async ({ book }) => {
    const answer = await add(book, A, new Date(Date.now() + 60_000).toISOString());
    expect(answer).toMatchObject(faultAt("/addresses/0/assertedAt"));
  });

  test("an event at the time of an assertion is stale, a millisecond later it is not", async ({ book }) => {
    await book.addContact(A);
    expect(await book.report(gone(A, -1), gone(A, 0), gone(A, 1 / 60_000))).toEqual([
      "stale/before-assertion",
      "stale/before-assertion",
      "applied/gone",
    ]);
  });
});
