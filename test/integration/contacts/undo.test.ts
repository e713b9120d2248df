import { describe, expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, type ChangeBody, countOf, expectStatus } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, answered, B, C, D, gone, moved } from "../fold/calls.ts";
import { checkedService } from "../fold/invariants.ts";

const service = await checkedService();

const undo = (book: Book, change: ChangeBody | undefined, body?: object) =>
  book.post(`/v1/history/${change?.id}/undo`, body === undefined ? {} : { body });
const last = async (book: Book) => (await book.changes()).at(-1);
/** A call at the present time, so that it is later than every edit before it. */
const fresh = () => ({ occurredAt: new Date(Date.now() + 100).toISOString() });

test("undoing a rewrite restores the old address by a change that names it", async ({ book }) => {
  const { id } = await book.addContact(A);
  await book.report(moved(A, B, 1));
  const rewritten = await last(book);
  const answer = expectStatus(201, await undo(book, rewritten));
  const change = bodyAs(shapes.Change, answer);
  expect(change).toMatchObject({
    sequence: 3,
    before: { uri: B, state: "active" },
    after: { uri: A, state: "active" },
    cause: { kind: "undo", undoes: rewritten?.id, forced: false },
  });
  expect(answer.headers["location"]).toBe(`/v1/history/${change.id}`);
  expect(await book.get(`/v1/history/${change.id}`)).toMatchObject({ status: 200, body: change });
  expect(await book.shown(id)).toEqual([`${A} active`]);
});

describe("after an undo", () => {
  test("the same old event no longer acts, but a new event does", async ({ book }) => {
    const { id } = await book.addContact(A);
    const first = moved(A, B, 2);
    await book.report(first);
    await undo(book, await last(book));
    expect(await book.report(first)).toEqual(["stale/superseded"]);
    expect(await book.report(moved(A, B, 3), moved(A, C, 1), gone(A, 4))).toEqual(
      Array(3).fill("stale/before-assertion"),
    );
    expect(await book.shown(id)).toEqual([`${A} active`]);
    expect(await book.report(moved(A, B, 0, fresh()))).toEqual(["applied/moved-permanently"]);
    expect(await book.shown(id)).toEqual([`${B} active`]);
  });

  test("an old answered call changes nothing", async () => {
    const book = await service.makeBook("keep");
    const { id } = await book.addContact(A);
    await book.report(gone(A, 1));
    expectStatus(201, await undo(book, await last(book)));
    expect(await book.report(answered(A, 2), gone(A, 3))).toEqual(Array(2).fill("stale/before-assertion"));
    expect(await book.shown(id)).toEqual([`${A} active`]);
  });
});

test("undoing a removal brings back the address and its archived contact", async () => {
  const book = await service.makeBook("archive");
  const { id } = await book.addContact(A);
  await book.report(gone(A, 1));
  expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({ status: 410 });
  const removed = (await book.changes()).find(({ kind }) => kind === "removed");
  expectStatus(201, await undo(book, removed));
  expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({ status: 200, body: { archivedAt: null } });
  expect(await book.shown(id)).toEqual([`${A} active`]);
});

test("undoing the archiving that followed brings back the address as well, or is refused, but never does half of it", async () => {
  const book = await service.makeBook("archive");
  const { id } = await book.addContact(A);
  await book.report(gone(A, 1));
  const archived = await last(book);
  expect(archived).toMatchObject({ kind: "archived", addressId: null });
  const { status } = await undo(book, archived);
  expect([201, 409]).toContain(status);
  const contact = bodyAs(shapes.Contact, await book.get(`/v1/contacts/${id}?include=gone`));
  expect(contact).toMatchObject(
    status === 201
      ? { archivedAt: null, addresses: [{ state: "active" }] }
      : { archivedAt: expect.any(String), addresses: [{ state: "gone" }] },
  );
});

test("undoing a heal makes the address gone again", async () => {
  const book = await service.makeBook("keep");
  const { id } = await book.addContact(A);
  await book.report(gone(A, 1));
  await book.report(answered(A, 2));
  expectStatus(201, await undo(book, await last(book)));
  expect(await book.shown(id)).toEqual([`${A} gone`]);
});

test("undoing a merge separates the two addresses, whichever came first", async () => {
  for (const uris of [
    [A, B],
    [B, A],
  ]) {
    const book = await service.makeBook();
    const { id } = await book.addContact(...uris);
    await book.report(moved(A, B, 1));
    expect(await book.shown(id)).toEqual([`${B} active`]);
    const rewritten = (await book.changes()).find(
      ({ before, cause }) => cause.kind === "event" && before?.uri === A,
    );
    expectStatus(201, await undo(book, rewritten));
    expect(await book.shown(id)).toEqual([`${A} active`, `${B} active`]);
    expect(await book.report(gone(B, 0, fresh()))).toEqual(["applied/gone"]);
    expect(await book.shown(id)).toEqual([`${A} active`, `${B} gone`]);
  }
});

test("undoing an edit restores what the person changed", async ({ book }) => {
  const { id, addresses } = await book.addContact(A);
  const body = { addresses: [{ id: addresses[0]?.id, uri: C }] };
  expectStatus(200, await book.patch(`/v1/contacts/${id}`, { body, headers: { "if-match": "*" } }));
  expectStatus(201, await undo(book, await last(book)));
  expect(await book.shown(id)).toEqual([`${A} active`]);
});

test("undoing a person's removal brings the address back, and events act on it again", async ({ book }) => {
  const { id } = await book.addContact(A, B);
  expectStatus(200, await book.patch(`/v1/contacts/${id}`, { body: { addresses: [{ uri: A }] } }));
  expectStatus(201, await undo(book, await last(book)));
  expect(await book.shown(id)).toEqual([`${A} active`, `${B} active`]);
  expect(await book.report(gone(B, 0, fresh()))).toEqual(["applied/gone"]);
});

test("undoing an archiving brings the contact back", async ({ book }) => {
  const { id } = await book.addContact(A);
  await book.delete(`/v1/contacts/${id}`);
  const archived = await last(book);
  expect(archived).toMatchObject({ kind: "archived", cause: { kind: "person" } });
  expectStatus(201, await undo(book, archived));
  expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({ status: 200, body: { archivedAt: null } });
  expect(await book.shown(id)).toEqual([`${A} active`]);
});

test("undoing the first assertion removes the address", async ({ book }) => {
  const { id } = await book.addContact(A, B);
  const [first] = await book.changes();
  expectStatus(201, await undo(book, first));
  expect(await book.shown(id)).toEqual([`${B} active`]);
});

test("undoing an undo restores the new address", async ({ book }) => {
  const { id } = await book.addContact(A);
  await book.report(moved(A, B, 1));
  const undone = bodyAs(shapes.Change, await undo(book, await last(book)));
  expectStatus(201, await undo(book, undone));
  expect(await book.shown(id)).toEqual([`${B} active`]);
});

describe("an undo is refused with 409", () => {
  test("if the address changed since, unless force is given, which the history shows", async ({ book }) => {
    const { id } = await book.addContact(A);
    await book.report(moved(A, B, 1));
    const first = await last(book);
    await book.report(moved(B, C, 2));
    const sequences = (await book.changes()).length;
    for (const body of [undefined, {}, { force: false }])
      expect(await undo(book, first, body)).toMatchObject({
        status: 409,
        body: { type: "urn:sipbook:problem:change-conflict" },
      });
    expect(await book.changes()).toHaveLength(sequences);
    const forced = bodyAs(shapes.Change, expectStatus(201, await undo(book, first, { force: true })));
    expect(forced).toMatchObject({
      before: { uri: C },
      after: { uri: A },
      cause: { kind: "undo", undoes: first?.id, forced: true },
    });
    expect(await book.shown(id)).toEqual([`${A} active`]);
  });

  test("if the change is undone already, even with force", async ({ book }) => {
    await book.addContact(A);
    await book.report(moved(A, B, 1));
    const change = await last(book);
    expectStatus(201, await undo(book, change));
    for (const body of [undefined, { force: true }])
      expect(await undo(book, change, body)).toMatchObject({
        status: 409,
        body: { type: "urn:sipbook:problem:already-undone" },
      });
  });

  test("nine times out of ten simultaneous undos of the same change", async ({ book }) => {
    await book.addContact(A);
    await book.report(moved(A, B, 1));
    const change = await last(book);
    const answers = await Promise.all(Array.from({ length: 10 }, () => undo(book, change)));
    expect(countOf(answers.map(({ status }) => status))).toEqual({ 201: 1, 409: 9 });
  });
});

test("two moves are undone in reverse order", async ({ book }) => {
  const { id } = await book.addContact(A);
  await book.report(moved(A, B, 1));
  await book.report(moved(B, C, 2));
  const [first, second] = (await book.changes()).slice(1);
  expectStatus(201, await undo(book, second));
  expect(await book.shown(id)).toEqual([`${B} active`]);
  expectStatus(201, await undo(book, first));
  expect(await book.shown(id)).toEqual([`${A} active`]);
});

test("a change of another contact's address does not block an undo", async ({ book }) => {
  const [one, other] = [await book.addContact(A), await book.addContact(A)];
  await book.report(moved(A, B, 1));
  const change = (await book.changes()).find(
    ({ kind, contactId }) => kind === "rewritten" && contactId === one.id,
  );
  await book.report(moved(B, D, 2));
  expectStatus(409, await undo(book, change));
  expectStatus(201, await undo(book, change, { force: true }));
  expect(await book.shown(one.id)).toEqual([`${A} active`]);
  expect(await book.shown(other.id)).toEqual([`${D} active`]);
});

test("undo refuses an unknown change, an invalid body, and a key that may only read", async ({ book }) => {
  await book.addContact(A);
  await book.report(moved(A, B, 1));
  const change = await last(book);
  expectStatus(404, await book.post("/v1/history/01936d2f-3c00-7000-8000-0000000000a1/undo"));
  expectStatus(422, await undo(book, change, { force: "yes" }));
  expectStatus(403, await book.post(`/v1/history/${change?.id}/undo`, { key: await book.makeKey("read") }));
  const stranger = await service.makeBook();
  expectStatus(404, await undo(stranger, change));
});
