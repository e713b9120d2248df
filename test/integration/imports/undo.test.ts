import { expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { expectStatus } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, at, B, C, D, moved } from "../fold/calls.ts";
import { checkedService } from "../fold/invariants.ts";
import { contactsOf, importFile, rowsOf, sendFile, settled, undoImport } from "./file.ts";

await checkedService();

const file = (...rows: readonly string[]) => ["External Id,Name,URI,URI 2", ...rows, ""].join("\n");
const fresh = () => ({ occurredAt: new Date(Date.now() + 100).toISOString() });

test("the undo of an import removes what it created and restores the rest", async ({ book }) => {
  await importFile(book, file(`1,Alice,${A},${B}`, `2,Bob,${C},`, ",Carol,sip:carol@pbx.example,"));
  const before = await contactsOf(book);
  const wrong = file(`1,Alicia,${A},`, `3,Dan,${D},`, "4,Carol X,sip:carol@pbx.example,");
  const { id } = await importFile(book, wrong, { missing: "archive" });
  expect(await contactsOf(book)).toEqual([`Alicia: ${A}`, "Carol X: sip:carol@pbx.example", `Dan: ${D}`]);
  expect(await undoImport(book, id)).toMatchObject({
    state: "undone",
    undoneBy: "test",
    counts: { conflict: 0 },
  });
  expect(await contactsOf(book)).toEqual(before);
  const undos = (await book.changes()).filter(({ cause }) => cause.kind === "undo");
  expect(undos.map(({ kind, cause }) => `${kind} ${cause.import === id}`).toSorted()).toEqual([
    "archived true",
    "removed true",
    "restored true",
    "restored true",
  ]);
  const carol = await book.get("/v1/contacts?q=Carol");
  expect(carol.body).toMatchObject({ items: [{ externalId: null }] });
});

test("an address that changed since the import is kept, counted and listed", async ({ book }) => {
  const { id } = await importFile(book, file(`1,Alice,${A},`, `2,Bob,${B},`));
  await book.report(moved(A, C, 0, fresh()));
  expect(await undoImport(book, id)).toMatchObject({ state: "undone", counts: { conflict: 1 } });
  expect(await contactsOf(book)).toEqual([`Alice: ${C}`]);
  expect(await rowsOf(book, id, "conflict")).toMatchObject([
    { row: 1, problems: [{ detail: "An address changed since" }] },
  ]);
});

test("a change that a person has undone already is left as it is", async ({ book }) => {
  const { id } = await importFile(book, file(`1,Alice,${A},`));
  const [change] = await book.changes();
  expectStatus(201, await book.post(`/v1/history/${change?.id}/undo`));
  expect(await undoImport(book, id)).toMatchObject({ counts: { conflict: 1 } });
});

test("an address that later calls moved goes back to its state before the import", async ({ book }) => {
  await book.report(moved(A, B, 10));
  const row = JSON.stringify({ name: "Alice", externalId: "1", addresses: [{ uri: A, assertedAt: at(0) }] });
  const answer = await sendFile(book, `${row}\n`, {}, "application/x-ndjson");
  const { id } = await settled(book, bodyAs(shapes.Import, answer).id);
  expect(await contactsOf(book)).toEqual([`Alice: ${B}`]);
  expect(await undoImport(book, id)).toMatchObject({ counts: { conflict: 0 } });
  expect(await contactsOf(book)).toEqual([]);
});

test("contacts that an undo archived come back when a correct file names them", async ({ book }) => {
  const { id } = await importFile(book, file(`1,Alice,${A},`));
  await undoImport(book, id);
  await importFile(book, file(`1,Alice,${B},`));
  expect(await contactsOf(book)).toEqual([`Alice: ${B}`]);
});

test("an undo cannot be undone, nor an import that applied nothing", async ({ book }) => {
  const { id } = await importFile(book, file(`1,Alice,${A},`));
  await undoImport(book, id);
  expect(await book.post(`/v1/imports/${id}/undo`)).toMatchObject({
    status: 409,
    body: { type: "urn:sipbook:problem:already-undone" },
  });
  const checked = await importFile(book, file(`1,Alice,${A},`), { validateOnly: "true" });
  expect(await book.post(`/v1/imports/${checked.id}/undo`)).toMatchObject({
    status: 409,
    body: { type: "urn:sipbook:problem:import-state" },
  });
});

test("a running import is stopped first, and its changes until then are undone", async ({ book }) => {
  const rows = Array.from({ length: 1500 }, (_, n) => `p${n},Person ${n},sip:p${n}@pbx.example,`);
  const { id } = bodyAs(shapes.Import, await sendFile(book, file(...rows)));
  expect(await undoImport(book, id)).toMatchObject({ state: "undone", counts: { conflict: 0 } });
  expect(await contactsOf(book)).toEqual([]);
});
