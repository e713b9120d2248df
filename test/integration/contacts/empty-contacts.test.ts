import { describe, expect, test } from "vitest";
import { A, answered, B, C, gone, moved } from "../fold/calls.ts";
import { checkedService } from "../fold/invariants.ts";

const service = await checkedService();

describe("a contact that loses its last address", () => {
  test("is archived: it is 410 with a link to its history, missing from lists, and comes back with an answered call", async () => {
    const book = await service.makeBook("archive");
    const { id } = await book.addContact(A);
    await book.report(gone(A, 1));
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({
      status: 410,
      body: { status: 410, links: { history: expect.stringContaining(`/v1/contacts/${id}/history`) } },
    });
    expect(await book.get(`/v1/contacts/${id}?include=gone`)).toMatchObject({
      status: 200,
      body: { archivedAt: expect.any(String), addresses: [{ uri: A, state: "gone" }] },
    });
    expect(await book.get("/v1/contacts")).toMatchObject({ body: { items: [] } });
    expect(await book.get("/v1/contacts?archived=true")).toMatchObject({ body: { items: [{ id }] } });
    expect(await book.get(`/v1/contacts/${id}/history`)).toMatchObject({ status: 200 });
    expect((await book.changes()).map(({ kind }) => kind)).toEqual(["asserted", "removed", "archived"]);

    expect(await book.report(answered(A, 2))).toEqual(["applied/answered"]);
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({
      status: 200,
      body: { archivedAt: null, addresses: [{ uri: A, state: "active" }] },
    });
  });

  test("is archived when two 410s in one array remove both addresses, but not by one of them", async () => {
    const book = await service.makeBook("archive");
    const { id } = await book.addContact(A, B, C);
    await book.report(gone(A, 1));
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({ status: 200 });
    await book.report(gone(B, 2), gone(C, 2));
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({ status: 410 });
  });

  test("stays as an empty contact if the book's setting is keep", async () => {
    const book = await service.makeBook("keep");
    const { id } = await book.addContact(A);
    await book.report(gone(A, 1));
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({
      status: 200,
      body: { addresses: [], archivedAt: null },
    });
  });

  test("is not archived if it never had an address", async () => {
    const book = await service.makeBook("archive");
    const { id } = await book.addContact();
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({ status: 200, body: { archivedAt: null } });
  });

  test("comes back with a move as well", async () => {
    const book = await service.makeBook("archive");
    const { id } = await book.addContact(A);
    await book.report(gone(A, 1));
    await book.report(moved(A, B, 2));
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({
      status: 200,
      body: { addresses: [{ uri: B }] },
    });
  });

  test("does not come back if a person archived it, but its events are still applied", async () => {
    const book = await service.makeBook("archive");
    const { id } = await book.addContact(A);
    expect(await book.delete(`/v1/contacts/${id}`)).toMatchObject({ status: 204 });
    expect(await book.report(answered(A, 1), moved(A, B, 2))).toEqual([
      "recorded/no-change",
      "applied/moved-permanently",
    ]);
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({ status: 410 });
  });
});
