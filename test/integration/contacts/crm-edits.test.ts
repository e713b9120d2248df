import { describe, expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, type ContactBody, countOf, expectStatus, pageOf } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, answered, B, C, D, moved } from "../fold/calls.ts";
import { checkedService } from "../fold/invariants.ts";

const service = await checkedService();

const patch = (book: Book, id: string, body: unknown, etag?: string) =>
  book.patch(`/v1/contacts/${id}`, { body, headers: etag === undefined ? {} : { "if-match": etag } });
const etagOf = async (book: Book, id: string) =>
  (await book.get(`/v1/contacts/${id}?include=gone`)).headers["etag"] ?? "";
const addressOf = ({ addresses }: ContactBody, index = 0) => addresses[index]?.id ?? "none";

describe("PATCH /v1/contacts/{id}", () => {
  test("changes the given fields and leaves the others", async ({ book }) => {
    const contact = await book.addContact(A);
    const answer = expectStatus(200, await patch(book, contact.id, { name: "Bob", externalId: "crm-2" }));
    expect(answer.body).toMatchObject({ name: "Bob", externalId: "crm-2", addresses: contact.addresses });
    expect(answer.headers["etag"]).toBe(await etagOf(book, contact.id));
    expectStatus(200, await patch(book, contact.id, { externalId: null }));
    expect(await book.get(`/v1/contacts/${contact.id}`)).toMatchObject({ body: { externalId: null } });
  });

  test("a list of addresses replaces the shown one, matched by id and then by key", async ({ book }) => {
    const contact = await book.addContact(A, B, C);
    const addresses = [
      { id: addressOf(contact), uri: A, label: "desk" },
      { uri: "sip:%62@PBX.example", label: "home" },
      { uri: D },
    ];
    const changed = bodyAs(shapes.Contact, await patch(book, contact.id, { addresses }));
    const about = (uri: string) =>
      changed.addresses.find(({ assertedUri, uri: shown }) => uri === assertedUri || uri === shown);
    expect(changed.addresses).toHaveLength(3);
    expect(about(A)).toMatchObject({ id: addressOf(contact), label: "desk" });
    expect(changed.addresses.map(({ id }) => id)).toContain(addressOf(contact, 1));
    expect(about(D)).toMatchObject({ state: "active", label: null });
    expect(about(C)).toBeUndefined();
    expect((await book.changes()).slice(3).map(({ kind, before }) => `${kind} ${before?.uri}`)).toContain(
      `removed ${C}`,
    );
  });

  test("no event brings back an address that an edit leaves out", async ({ book }) => {
    const { id } = await book.addContact(A, B);
    expectStatus(200, await patch(book, id, { addresses: [{ uri: A }] }));
    expect((await book.changes()).at(-1)).toMatchObject({
      kind: "removed",
      before: { uri: B, state: "active" },
      after: { uri: B, state: "removed" },
      cause: { kind: "person" },
    });
    const late = { occurredAt: new Date().toISOString() };
    expect(await book.report(answered(B, 0, late))).toEqual(["stale/address-removed"]);
    expect(await book.report(moved(A, B, 0, late))).toEqual(["held/removed-by-person"]);
    expect(await book.shown(id)).toEqual([`${A} active`]);
    expectStatus(200, await patch(book, id, { addresses: [{ uri: A }, { uri: B }] }));
    expect(await book.shown(id)).toEqual([`${A} active`, `${B} active`]);
  });

  test("a removal covers the key, so a late move to that key is removed as well", async ({ book }) => {
    const { id } = await book.addContact(A, B);
    expectStatus(200, await patch(book, id, { addresses: [{ uri: A }] }));
    expect(await book.report(moved(A, B, 1))).toEqual(["applied/moved-permanently"]);
    expect(await book.shown(id)).toEqual([]);
  });

  test("edits an address by its id with If-Match, even against earlier calls", async ({ book }) => {
    const contact = await book.addContact(A);
    await book.report(moved(A, B, 1));
    const addresses = [{ id: addressOf(contact), uri: A }];
    expectStatus(200, await patch(book, contact.id, { addresses }, await etagOf(book, contact.id)));
    expect(await book.shown(contact.id)).toEqual([`${A} active`]);
    expect(await book.report(moved(A, B, 2))).toEqual(["stale/before-assertion"]);
  });

  test("an edit changes the URI of an address in place", async ({ book }) => {
    const contact = await book.addContact(A);
    const addresses = [{ id: addressOf(contact), uri: C }];
    expectStatus(200, await patch(book, contact.id, { addresses }, await etagOf(book, contact.id)));
    expect(await book.get(`/v1/contacts/${contact.id}`)).toMatchObject({
      body: { addresses: [{ id: addressOf(contact), uri: C, assertedUri: C }] },
    });
    expect((await book.changes()).at(-1)).toMatchObject({ before: { uri: A }, after: { uri: C } });
  });

  test("an edit of a merged address applies to all addresses merged into it", async ({ book }) => {
    const contact = await book.addContact(A, B);
    await book.report(moved(A, B, 1));
    const shown = bodyAs(shapes.Contact, await book.get(`/v1/contacts/${contact.id}`));
    const addresses = [{ id: addressOf(shown), uri: C }];
    expectStatus(200, await patch(book, contact.id, { addresses }, await etagOf(book, contact.id)));
    expect(await book.shown(contact.id)).toEqual([`${C} active`]);
  });

  test("two addresses may trade places in one edit", async ({ book }) => {
    const contact = await book.addContact(A, B);
    const addresses = [
      { id: addressOf(contact, 0), uri: B },
      { id: addressOf(contact, 1), uri: A },
    ];
    const answer = await patch(book, contact.id, { addresses }, await etagOf(book, contact.id));
    const { addresses: traded } = bodyAs(shapes.Contact, expectStatus(200, answer));
    expect(traded.find(({ id }) => id === addressOf(contact, 0))?.uri).toBe(B);
    expect(traded.find(({ id }) => id === addressOf(contact, 1))?.uri).toBe(A);
  });

  test("an empty list removes all addresses", async ({ book }) => {
    const { id } = await book.addContact(A, B);
    expectStatus(200, await patch(book, id, { addresses: [] }));
    expect(await book.shown(id)).toEqual([]);
  });

  test("refuses invalid and duplicate addresses, unknown ids, and a used external id", async ({ book }) => {
    const contact = await book.addContact(A);
    const wrong: [object, string][] = [
      [{ addresses: [{ uri: A }, { uri: "sips:a@pbx.example" }] }, "/addresses/1/uri"],
      [{ addresses: [{ uri: "mailto:a@pbx.example" }] }, "/addresses/0/uri"],
      [{ addresses: [{ id: contact.id, uri: A }] }, "/addresses/0/id"],
      [
        { addresses: [{ uri: C, assertedAt: new Date(Date.now() + 60_000).toISOString() }] },
        "/addresses/0/assertedAt",
      ],
      [{ name: null }, "/name"],
    ];
    for (const [body, pointer] of wrong)
      expect(await patch(book, contact.id, body)).toMatchObject({
        status: 422,
        body: { errors: [{ pointer }] },
      });
    await book.post("/v1/contacts", { body: { name: "Bob", externalId: "crm-1", addresses: [] } });
    expectStatus(409, await patch(book, contact.id, { externalId: "crm-1" }));
    expect(await book.shown(contact.id)).toEqual([`${A} active`]);
  });
});

describe("If-Match", () => {
  test("gives 412 if a person or a call has changed the contact since", async ({ book }) => {
    const { id } = await book.addContact(A);
    const stale = await etagOf(book, id);
    await book.report(moved(A, B, 1));
    expectStatus(412, await patch(book, id, { name: "Bob" }, stale));
    const fresh = await etagOf(book, id);
    expectStatus(200, await patch(book, id, { name: "Bob" }, `"x", ${fresh}`));
    expectStatus(412, await patch(book, id, { name: "Carol" }, fresh));
    expectStatus(200, await patch(book, id, { name: "Carol" }, "*"));
    expectStatus(412, await book.delete(`/v1/contacts/${id}`, { headers: { "if-match": stale } }));
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({ status: 200, body: { name: "Carol" } });
  });

  test("only one of ten simultaneous edits with the same ETag is accepted", async ({ book }) => {
    const { id } = await book.addContact(A);
    const etag = await etagOf(book, id);
    const edits = Array.from({ length: 10 }, (_, i) => patch(book, id, { name: `Name ${i}` }, etag));
    const statuses = (await Promise.all(edits)).map(({ status }) => status);
    expect(countOf(statuses)).toEqual({ 200: 1, 412: 9 });
  });
});

describe("DELETE /v1/contacts/{id}", () => {
  test("archives the contact, which is then 410 with a link to its readable history", async ({ book }) => {
    const { id } = await book.addContact(A);
    const etag = await etagOf(book, id);
    expectStatus(204, await book.delete(`/v1/contacts/${id}`, { headers: { "if-match": etag } }));
    const history = `/v1/contacts/${id}/history`;
    for (const answer of [await book.get(`/v1/contacts/${id}`), await book.delete(`/v1/contacts/${id}`)])
      expect(answer).toMatchObject({
        status: 410,
        body: { links: { history: expect.stringContaining(history) } },
      });
    expect(await book.get(`/v1/contacts/${id}?include=gone`)).toMatchObject({
      status: 200,
      body: { archivedAt: expect.any(String) },
    });
    const { items } = bodyAs(pageOf("Change"), await book.get(history));
    expect(items.map(({ kind }) => kind).toSorted()).toEqual(["archived", "asserted"]);
    expect(await book.get(`/v1/contacts?uri=${A}`)).toMatchObject({ body: { items: [] } });
  });

  test("gives 404 for an unknown contact and for a contact of another book", async ({ book }) => {
    const { id } = await (await service.makeBook()).addContact(A);
    for (const answer of [
      await book.get(`/v1/contacts/${id}`),
      await patch(book, id, { name: "Bob" }),
      await book.delete(`/v1/contacts/${id}`),
      await book.get(`/v1/contacts/${id}/history`),
    ])
      expect(answer.status).toBe(404);
  });
});

test("a call after an edit counts, a call before it does not", async ({ book }) => {
  const contact = await book.addContact(A);
  const addresses = [{ id: addressOf(contact), uri: B }];
  expectStatus(200, await patch(book, contact.id, { addresses }, "*"));
  expect(await book.report(moved(B, C, 5))).toEqual(["stale/before-assertion"]);
  const soon = { occurredAt: new Date(Date.now() + 1000).toISOString() };
  expect(await book.report(moved(B, C, 0, soon))).toEqual(["applied/moved-permanently"]);
  expect(await book.shown(contact.id)).toEqual([`${C} active`]);
});
