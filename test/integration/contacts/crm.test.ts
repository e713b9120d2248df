import { describe, expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, countOf, expectStatus, pageOf } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, answered, at, B, C, gone, moved } from "../fold/calls.ts";
import { checkedService } from "../fold/invariants.ts";

const service = await checkedService();

const put = async (book: Book, externalId: string, addresses: readonly object[], name = "Alice") =>
  book.put(`/v1/contacts/by-external-id/${externalId}`, { body: { name, addresses } });
const now = () => new Date().toISOString();

describe("POST /v1/contacts", () => {
  test("answers 201 with the contact, its Location and its ETag", async ({ book }) => {
    const body = { name: "Alice", externalId: "crm-1", addresses: [{ uri: A, label: "work" }] };
    const answer = await book.post("/v1/contacts", { body });
    const contact = bodyAs(shapes.Contact, expectStatus(201, answer));
    expect(contact).toMatchObject({
      name: "Alice",
      externalId: "crm-1",
      archivedAt: null,
      addresses: [{ uri: A, label: "work", state: "active", assertedUri: A }],
    });
    expect(answer.headers["location"]).toBe(`/v1/contacts/${contact.id}`);
    expect(answer.headers["etag"]).toMatch(/^"[^"]+"$/);
    const read = await book.get(answer.headers["location"] ?? "");
    expect(read).toMatchObject({ status: 200, body: contact });
    expect(read.headers["etag"]).toBe(answer.headers["etag"]);
  });

  test("keeps the spelling of the address", async ({ book }) => {
    const uri = "SIP:%61lice@PBX.example:5060;transport=tcp;lr";
    const { addresses } = await book.addContact(uri);
    expect(addresses).toMatchObject([{ uri, assertedUri: uri }]);
  });

  test("refuses a duplicate external id with 409", async ({ book }) => {
    const body = { name: "Alice", externalId: "crm-1", addresses: [] };
    expectStatus(201, await book.post("/v1/contacts", { body }));
    expectStatus(409, await book.post("/v1/contacts", { body }));
    expectStatus(201, await (await service.makeBook()).post("/v1/contacts", { body }));
  });

  test("creates one contact from ten simultaneous requests with the same external id", async ({ book }) => {
    const body = { name: "Alice", externalId: "crm-1", addresses: [{ uri: A }] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => book.post("/v1/contacts", { body })));
    expect(countOf(answers.map(({ status }) => status))).toEqual({ 201: 1, 409: 9 });
  });

  // the body … is refused at …
  const wrong: [object, string][] = [
    [{ addresses: [] }, "/name"],
    [{ name: "Alice" }, "/addresses"],
    [{ name: "", addresses: [] }, "/name"],
    [{ name: "Alice\u0000", addresses: [] }, "/name"],
    [{ name: null, addresses: [] }, "/name"],
    [{ name: "Alice", addresses: {} }, "/addresses"],
    [{ name: "Alice", addresses: [{}] }, "/addresses/0/uri"],
    [{ name: "Alice", addresses: [{ uri: 1 }] }, "/addresses/0/uri"],
    [{ name: "Alice", addresses: [{ uri: A, assertedAt: "yesterday" }] }, "/addresses/0/assertedAt"],
    [
      { name: "Alice", addresses: [{ uri: A, assertedAt: "2026-02-30T00:00:00Z" }] },
      "/addresses/0/assertedAt",
    ],
    [{ name: "Alice", externalId: "", addresses: [] }, "/externalId"],
    [{ name: "Alice", externalId: 7, addresses: [] }, "/externalId"],
  ];
  test.for(wrong)("refuses %j with 422", async ([body, pointer], { book }) => {
    expect(await book.post("/v1/contacts", { body })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer }] },
    });
  });

  test("handles any year and a leap second without a server error", async ({ book }) => {
    for (const assertedAt of [
      "0001-01-01T00:00:00Z",
      "0000-01-01T00:00:00Z",
      "1969-12-31T23:59:60Z",
      "9999-12-31T23:59:59Z",
      "2016-12-31T23:59:60Z",
      "2020-01-01T00:00:00+23:59",
    ]) {
      const answer = await book.post("/v1/contacts", {
        body: { name: "Alice", addresses: [{ uri: A, assertedAt }] },
      });
      expect([201, 422], assertedAt).toContain(answer.status);
    }
  });
});

describe("PUT /v1/contacts/by-external-id", () => {
  test("creates a contact, then changes it", async ({ book }) => {
    const made = expectStatus(201, await put(book, "crm-1", [{ uri: A }]));
    const { id } = bodyAs(shapes.Contact, made);
    expect(made.headers["location"]).toBe(`/v1/contacts/${id}`);
    const changed = expectStatus(200, await put(book, "crm-1", [{ uri: A }, { uri: B }], "Bob"));
    expect(changed.body).toMatchObject({
      id,
      name: "Bob",
      externalId: "crm-1",
      addresses: [{ uri: A }, { uri: B }],
    });
    expect(changed.headers["etag"]).not.toBe(made.headers["etag"]);
  });

  test("accepts an external id with any characters", async ({ book }) => {
    const externalId = "a/b c?\u00e4%";
    expectStatus(201, await put(book, encodeURIComponent(externalId), [{ uri: A }]));
    const found = await book.get(`/v1/contacts?externalId=${encodeURIComponent(externalId)}`);
    expect(found).toMatchObject({ body: { items: [{ externalId }] } });
  });

  test("creates one contact from ten simultaneous requests", async ({ book }) => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        put(book, "crm-1", [{ uri: A }, { uri: `sip:n${i}@pbx.example` }]),
      ),
    );
    expect(countOf(answers.map(({ status }) => status))).toEqual({ 200: 9, 201: 1 });
    const { items } = bodyAs(pageOf("Contact"), await book.get("/v1/contacts"));
    expect(items).toHaveLength(1);
    expect(items[0]?.addresses).toHaveLength(2);
  });

  // after …, the nightly copy of the old address leaves …
  const nights: [string, (book: Book) => Promise<unknown>, readonly string[]][] = [
    ["a move", (book) => book.report(moved(A, B, 1)), [`${B} active`]],
    ["two moves", (book) => book.report(moved(A, B, 1), moved(B, C, 2)), [`${C} active`]],
    ["a removal", (book) => book.report(gone(A, 1)), [`${A} gone`]],
    ["a move and a removal", (book) => book.report(moved(A, B, 1), gone(B, 2)), [`${B} gone`]],
    ["a removal and an answered call", (book) => book.report(gone(A, 1), answered(A, 2)), [`${A} active`]],
    ["nothing", async () => {}, [`${A} active`]],
  ];
  describe.each(["keep", "archive"] as const)("the nightly copy (%s)", (emptyContact) => {
    test.for(nights)("changes nothing after %s", async ([, happen, shows]) => {
      const book = await service.makeBook(emptyContact);
      const copy = [{ uri: A, label: "work" }];
      const { id } = bodyAs(
        shapes.Contact,
        await put(book, "crm-1", [{ uri: A, label: "work", assertedAt: at(0) }]),
      );
      await happen(book);
      const before = await book.get(`/v1/contacts/${id}?include=gone`);
      const changes = await book.changes();
      for (const addresses of [copy, [{ uri: "sip:%61@PBX.example:5060", label: "work" }]])
        expectStatus(200, await put(book, "crm-1", addresses));
      expect(await book.shown(id)).toEqual(shows);
      expect(await book.changes()).toEqual(changes);
      const after = await book.get(`/v1/contacts/${id}?include=gone`);
      expect(after.headers["etag"]).toBe(before.headers["etag"]);
    });
  });

  test("a copy with the new address or with both addresses keeps the new one", async ({ book }) => {
    const { id } = bodyAs(shapes.Contact, await put(book, "crm-1", [{ uri: A, assertedAt: at(0) }]));
    await book.report(moved(A, B, 1));
    expectStatus(200, await put(book, "crm-1", [{ uri: B }]));
    expect(await book.shown(id)).toEqual([`${B} active`]);
    expect((await put(book, "crm-1", [{ uri: A }, { uri: B }])).status).toBeLessThan(500);
    expect(await book.shown(id)).toEqual([`${B} active`]);
  });

  test("a newer assertedAt overrides earlier calls", async ({ book }) => {
    const { id } = bodyAs(shapes.Contact, await put(book, "crm-1", [{ uri: A, assertedAt: at(0) }]));
    await book.report(moved(A, B, 1));
    expectStatus(200, await put(book, "crm-1", [{ uri: A, assertedAt: now() }]));
    expect(await book.shown(id)).toEqual([`${A} active`]);
    expect((await book.changes()).at(-1)).toMatchObject({
      before: { uri: B },
      after: { uri: A },
      cause: { kind: expect.stringMatching(/^(person|import)$/) },
    });
    expect(await book.report(moved(A, C, 2))).toEqual(["stale/before-assertion"]);
  });

  test("an assertedAt older than the stored one changes nothing", async ({ book }) => {
    const { id } = bodyAs(shapes.Contact, await put(book, "crm-1", [{ uri: A, assertedAt: at(0) }]));
    await book.report(moved(A, B, 1));
    const answer = await put(book, "crm-1", [{ uri: A, assertedAt: at(-5) }]);
    expect([200, 409]).toContain(answer.status);
    expect(await book.shown(id)).toEqual([`${B} active`]);
  });

  test("an assertedAt between two calls applies the later call only", async ({ book }) => {
    const { id } = bodyAs(shapes.Contact, await put(book, "crm-1", [{ uri: A, assertedAt: at(0) }]));
    await book.report(moved(A, B, 1), moved(A, C, 3));
    expect(await book.shown(id)).toEqual([`${B} active`]);
    // Both calls were received after this assertedAt, but only the call at minute 3 happened after it.
    expectStatus(200, await put(book, "crm-1", [{ uri: A, assertedAt: at(2) }]));
    expect(await book.shown(id)).toEqual([`${C} active`]);
  });

  test("a request without a list leaves the addresses unchanged", async ({ book }) => {
    const { id } = bodyAs(shapes.Contact, await put(book, "crm-1", [{ uri: A }]));
    expectStatus(200, await book.put("/v1/contacts/by-external-id/crm-1", { body: { name: "Bob" } }));
    expect(await book.shown(id)).toEqual([`${A} active`]);
  });
});
