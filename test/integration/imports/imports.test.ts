import { describe, expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { expectStatus } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, at, B, C, D, moved } from "../fold/calls.ts";
import { checkedService } from "../fold/invariants.ts";
import { contactsOf, importFile, rowsOf, sendFile, settled } from "./file.ts";

const service = await checkedService();

const file = (...rows: readonly string[]) => ["External Id,Name,URI,URI 2", ...rows, ""].join("\n");
const people = (count: number, uri = (n: number) => `sip:p${n}@pbx.example`) =>
  file(...Array.from({ length: count }, (_, n) => `p${n},Person ${n},${uri(n)},`));
/** A call at the present time, so that it is later than every import before it. */
const fresh = () => ({ occurredAt: new Date(Date.now() + 100).toISOString() });

test("a file creates contacts, and the import reports the outcome of each row", async ({ book }) => {
  const done = await importFile(book, file(`1,Alice,${A},${B}`, `2,Bob,${C},`, ",Carol,,nonsense", ",,,"));
  expect(done).toMatchObject({
    state: "done",
    format: "csv",
    actor: "test",
    progress: { rows: 3, checked: 3, applied: 3 },
    counts: { create: 3, rejected: 0 },
    addresses: { added: 3, removed: 0 },
  });
  expect(await contactsOf(book)).toEqual([`Alice: ${A}, ${B}`, `Bob: ${C}`, "Carol: "]);
  const changes = await book.changes();
  expect(changes.map(({ kind, cause }) => [kind, cause.kind, cause.actor, cause.import])).toEqual(
    changes.map(() => ["asserted", "import", "test", done.id]),
  );
  expect(await rowsOf(book, done.id)).toMatchObject([
    { row: 1, place: "line 2", outcome: "create", externalId: "1", added: 2, problems: [] },
    { row: 2, place: "line 3", outcome: "create", added: 1 },
    { row: 3, place: "line 4", problems: [{ field: "URI 2", detail: expect.any(String) }] },
  ]);
  const contact = bodyAs(shapes.Contact, await book.get(`/v1/contacts/${changes[0]?.contactId}`));
  expect(contact).toMatchObject({ version: 1, externalId: "1" });
  const listed = await book.get("/v1/imports");
  expect(listed.body).toMatchObject({ items: [{ id: done.id }], next: null });
});

test("a dry run changes nothing, reports what each row would do, and can be continued", async ({ book }) => {
  await importFile(book, file(`1,Alice,${A},`));
  const checked = await importFile(book, file(`1,Alice,${A},${B}`, `2,Bob,${C},`, `,Bob again,${C},${D}`), {
    validateOnly: "true",
  });
  expect(checked).toMatchObject({ state: "checked", counts: { create: 1, update: 1, unchanged: 1 } });
  expect(await rowsOf(book, checked.id)).toMatchObject([
    { outcome: "update", added: 1, removed: 0 },
    { outcome: "create", added: 2 },
    { outcome: "unchanged", problems: [{ detail: expect.stringContaining("together with row 2") }] },
  ]);
  expect(await contactsOf(book)).toEqual([`Alice: ${A}`]);
  expectStatus(202, await book.post(`/v1/imports/${checked.id}/proceed`));
  expect(await settled(book, checked.id)).toMatchObject({ state: "done", counts: { create: 1, update: 1 } });
  expect(await contactsOf(book)).toEqual([`Alice: ${A}, ${B}`, `Bob: ${C}, ${D}`]);
  expectStatus(409, await book.post(`/v1/imports/${checked.id}/proceed`));
});

describe("a row is matched to a contact", () => {
  const cases: [string, readonly string[], string, readonly string[]][] = [
    ["by its external id", [`1,Alice,${A},`], `1,Alicia,${A},${B}`, [`Alicia: ${A}, ${B}`]],
    [
      "by an address, and then only adds addresses",
      [`1,Alice,${A},${B}`],
      `,Somebody,${A},${C}`,
      [`Alice: ${A}, ${B}, ${C}`],
    ],
    [
      "by an address, and gives the contact its external id",
      [`,Alice,${A},${B}`],
      `1,Alicia,${A},`,
      [`Alicia: ${A}, ${B}`],
    ],
    [
      "but not to one with another external id",
      [`1,Alice,${A},`],
      `2,Bob,${A},`,
      [`Alice: ${A}`, `Bob: ${A}`],
    ],
    [
      "but not if several contacts match",
      [`1,Alice,${A},`, `2,Bob,${A},`],
      `,Carol,${A},${C}`,
      [`Alice: ${A}`, `Bob: ${A}`],
    ],
  ];
  test.for(cases)("%s", async ([, before, row, expected], { book }) => {
    await importFile(book, file(...before));
    await importFile(book, file(row));
    expect(await contactsOf(book)).toEqual(expected);
  });

  test("or is rejected with the contacts that it might mean", async ({ book }) => {
    await importFile(book, file(`1,Alice,${A},`, `2,Bob,${A},`));
    const ids = (await book.changes()).map(({ contactId }) => contactId);
    const { id, counts } = await importFile(book, file(`,Carol,${A},`));
    expect(counts).toMatchObject({ rejected: 1, create: 0, update: 0 });
    const [row] = await rowsOf(book, id, "rejected");
    for (const contactId of ids) expect(row?.problems[0]?.detail).toContain(contactId);
  });

  test("by an address that calls have changed since the last import", async ({ book }) => {
    await importFile(book, file(`,Alice,${A},`));
    await book.report(moved(A, B, 0, fresh()));
    const { counts } = await importFile(book, file(`,Alice,${A},`));
    expect(counts).toMatchObject({ unchanged: 1, create: 0 });
    expect(await contactsOf(book)).toEqual([`Alice: ${B}`]);
  });
});

describe("an address that a row leaves out", () => {
  const cases: [string, Readonly<Record<string, string>>, readonly string[], readonly string[]][] = [
    ["is removed", {}, [`1,Alice,${A},`], [`Alice: ${A}`]],
    ["stays with addresses=merge", { addresses: "merge" }, [`1,Alice,${A},`], [`Alice: ${A}, ${B}`]],
    ["stays if an address of the row is invalid", {}, [`1,Alice,${A},nonsense`], [`Alice: ${A}, ${B}`]],
    [
      "stays if another row of the contact has it",
      {},
      [`1,Alice,${A},`, `1,Alice,${B},`],
      [`Alice: ${A}, ${B}`],
    ],
  ];
  test.for(cases)("%s", async ([, query, rows, expected], { book }) => {
    await importFile(book, file(`1,Alice,${A},${B}`));
    await importFile(book, file(...rows), query);
    expect(await contactsOf(book)).toEqual(expected);
  });
});

describe("a change that calls made", () => {
  test("stays when the same file is imported every night, without new history", async ({ book }) => {
    const nightly = file(`1,Alice,${A},`, `2,Bob,${B},`);
    await importFile(book, nightly);
    await book.report(moved(A, C, 0, fresh()));
    const before = await book.changes();
    const nights = [await importFile(book, nightly), await importFile(book, nightly)];
    expect(nights.map(({ counts }) => [counts.unchanged, counts.update])).toEqual([
      [2, 0],
      [2, 0],
    ]);
    expect(await book.changes()).toEqual(before);
    expect(await contactsOf(book)).toEqual([`Alice: ${C}`, `Bob: ${B}`]);
  });

  test("is applied to an address that the file asserts for an earlier time", async ({ book }) => {
    const event = moved(A, B, 10);
    expect(await book.report(event)).toEqual(["unmatched/no-address"]);
    const row = { name: "Alice", addresses: [{ uri: A, assertedAt: at(0) }] };
    const headers = { "content-type": "application/x-ndjson" };
    const sent = await book.post("/v1/imports", { body: `${JSON.stringify(row)}\n`, headers });
    await settled(book, bodyAs(shapes.Import, sent).id);
    expect(await contactsOf(book)).toEqual([`Alice: ${B}`]);
    expect(await book.report(event)).toEqual(["applied/moved-permanently"]);
    expect((await book.changes()).map(({ kind, cause }) => [kind, cause.kind])).toEqual([
      ["asserted", "import"],
      ["rewritten", "event"],
    ]);
  });
});

describe("an import that would remove more than the limit", () => {
  test("stops, reports what it would remove, and waits until somebody confirms it", async ({ book }) => {
    await importFile(book, people(30));
    const stopped = await importFile(
      book,
      people(30, (n) => (n < 21 ? "" : `sip:p${n}@pbx.example`)),
    );
    expect(stopped).toMatchObject({ state: "stopped", progress: { applied: 0 }, addresses: { removed: 21 } });
    expect(stopped.stopped).toMatch(/^It would remove 21 active addresses; the limit is 15/);
    expect((await book.changes()).length).toBe(30);
    expectStatus(202, await book.post(`/v1/imports/${stopped.id}/proceed`));
    expect(await settled(book, stopped.id)).toMatchObject({ state: "done", addresses: { removed: 21 } });
    expect((await book.changes()).length).toBe(51);
  });

  test("continues if the book's policy or the caller allows it", async ({ book }) => {
    await importFile(book, people(30));
    const none = people(30, () => "");
    expect((await importFile(book, none, { validateOnly: "true" })).stopped).toContain("30 active addresses");
    const policy = { importRemovalShare: 1 };
    expect((await book.patch(`/v1/books/${book.name}`, { body: policy })).body).toMatchObject(policy);
    expect((await importFile(book, none, { validateOnly: "true" })).stopped).toBe(null);
    await book.patch(`/v1/books/${book.name}`, { body: { importRemovalShare: 0 } });
    expect(await importFile(book, none, { allowRemovals: "true" })).toMatchObject({ state: "done" });
  });

  test("also stops if the file is empty, so that the whole book is missing from it", async ({ book }) => {
    await importFile(book, people(25));
    const stopped = await importFile(book, file(), { missing: "archive" });
    expect(stopped).toMatchObject({ state: "stopped", counts: { archive: 25 } });
    expect(stopped.stopped).toContain("archive 25 contacts");
  });

  test("stops if an unreadable row may be about a missing contact", async ({ book }) => {
    await importFile(book, people(3));
    const stopped = await importFile(book, file("p0,Person 0,sip:p0@pbx.example,", ",,,x"), {
      missing: "archive",
    });
    expect(stopped).toMatchObject({ state: "stopped", counts: { rejected: 1, archive: 2 } });
    expect(stopped.stopped).toContain("1 of its rows cannot be read");
  });
});

test("contacts missing from a file of the whole book are archived until one names them", async ({ book }) => {
  await importFile(book, file(`1,Alice,${A},`, `2,Bob,${B},`, `,Carol,${C},`));
  const done = await importFile(book, file(`1,Alice,${A},`), { missing: "archive" });
  expect(done).toMatchObject({ counts: { unchanged: 1, archive: 1 } });
  expect(await rowsOf(book, done.id, "archive")).toMatchObject([{ name: "Bob", removed: 1 }]);
  expect(await contactsOf(book)).toEqual([`Alice: ${A}`, `Carol: ${C}`]);
  await importFile(book, file(`1,Alice,${A},`, `2,Bob,${B},`), { missing: "archive" });
  expect(await contactsOf(book)).toEqual([`Alice: ${A}`, `Bob: ${B}`, `Carol: ${C}`]);
});

test("a contact that a person archived does not come back with the nightly file", async ({ book }) => {
  await importFile(book, file(`1,Alice,${A},`));
  const [change] = await book.changes();
  expectStatus(204, await book.delete(`/v1/contacts/${change?.contactId}`));
  await importFile(book, file(`1,Alice,${A},`));
  expect(await contactsOf(book)).toEqual([]);
});

describe("POST /v1/imports", () => {
  // what is wrong, the query, the content type, the status, and a word of the response
  const cases: [string, Readonly<Record<string, string>>, string, number, string][] = [
    ["an unspecific content type without a format", {}, "application/octet-stream", 422, "/query/format"],
    ["an unsupported content type", {}, "application/pdf", 415, "type"],
    ["an unknown country", { region: "XX" }, "text/csv", 422, "/query/region"],
    ["an invalid mapping", { mapping: "{}" }, "text/csv", 422, "/query/mapping"],
    [
      "a mapping to a missing column",
      { mapping: '{"addresses":[{"column":"Fon"}]}' },
      "text/csv",
      422,
      "Fon",
    ],
    ["an unknown option", { missing: "burn" }, "text/csv", 422, "/query/missing"],
  ];
  test.for(cases)("refuses %s", async ([, query, type, status, word]) => {
    const answer = await sendFile(await service.makeBook(), file(`1,A,${A},`), query, type);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(word);
  });

  test("refuses a file that cannot be read, and lists it as failed", async ({ book }) => {
    expect(await sendFile(book, "a,b\n1,2\n")).toMatchObject({
      status: 422,
      body: { type: "urn:sipbook:problem:file-unreadable" },
    });
    const { body } = await book.get("/v1/imports");
    expect(body).toMatchObject({
      items: [{ state: "failed", error: expect.stringContaining("columns are") }],
    });
  });

  test("accepts a file once for one Idempotency-Key", async ({ book }) => {
    const headers = { "content-type": "text/csv", "idempotency-key": "night-1" };
    const post = () => book.post("/v1/imports", { body: people(2), headers });
    const [first, second] = [await post(), await post()];
    expect(second.headers["location"]).toBe(first.headers["location"]);
    await settled(book, bodyAs(shapes.Import, first).id);
    expect((await book.changes()).length).toBe(2);
  });

  test("needs the scope write, and shows imports only in their own book", async () => {
    const [book, other] = [await service.makeBook(), await service.makeBook()];
    const key = await book.makeKey("read");
    const headers = { "content-type": "text/csv" };
    expectStatus(403, await book.post("/v1/imports", { key, body: people(1), headers }));
    const { id } = await importFile(book, people(1));
    for (const path of ["", "/rows"]) expectStatus(404, await other.get(`/v1/imports/${id}${path}`));
    for (const word of ["proceed", "undo"]) expectStatus(404, await other.post(`/v1/imports/${id}/${word}`));
  });
});

describe("a row without any address", () => {
  const emails = ["External Id,Name,URI", "1,Alice,", "2,Bob,", ""].join("\n");

  test("removes all addresses of the contact with its external id", async ({ book }) => {
    await importFile(book, file(`1,Alice,${A},`, `2,Bob,${C},`));
    const done = await importFile(book, emails, { allowRemovals: "true" });
    expect(done).toMatchObject({ state: "done", addresses: { removed: 2 } });
    expect(await contactsOf(book)).toEqual(["Alice: ", "Bob: "]);
  });

  test("removes nothing with addresses=merge", async ({ book }) => {
    await importFile(book, file(`1,Alice,${A},`, `2,Bob,${C},`));
    expect(await importFile(book, emails, { addresses: "merge" })).toMatchObject({
      state: "done",
      counts: { unchanged: 2 },
    });
  });

  test("stops the import if such rows cover most of the book", async ({ book }) => {
    await importFile(book, people(30));
    const stopped = await importFile(
      book,
      people(30, () => ""),
    );
    expect(stopped).toMatchObject({ state: "stopped", addresses: { removed: 30 } });
    expect(await contactsOf(book)).toHaveLength(30);
  });
});

test("a contact that got its external id from a row belongs to that row afterwards", async ({ book }) => {
  await importFile(book, file(`,Alice,${A},${B}`));
  await importFile(book, file(`1,Alice,${A},`));
  expect(await contactsOf(book)).toEqual([`Alice: ${A}, ${B}`]);
  await importFile(book, file(`1,Alice,${A},`));
  expect(await contactsOf(book)).toEqual([`Alice: ${A}`]);
});
