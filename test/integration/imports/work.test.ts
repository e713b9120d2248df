import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, expect, inject, test, vi } from "vitest";
import { toNewEvent } from "../../../src/receive/intake/event-input.ts";
import { storeEvents } from "../../../src/store/events/inbox.ts";
import { applyBatch } from "../../../src/store/fold/apply.ts";
import { applyRows } from "../../../src/store/imports/apply.ts";
import { checkBatch } from "../../../src/store/imports/check.ts";
import {
  createImport,
  findImport,
  proceedWithImport,
  startUndo,
} from "../../../src/store/imports/imports.ts";
import { findBrokenUploads, findIdleImports, leaseImport } from "../../../src/store/imports/job.ts";
import { failReceiving, finishReceiving, stageRows } from "../../../src/store/imports/staging.ts";
import { trimImportRows } from "../../../src/store/imports/trim.ts";
import { undoRows } from "../../../src/store/imports/undo.ts";
import { buildMetrics } from "../../../src/telemetry/metrics.ts";
import { workOnImport } from "../../../src/work/imports.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { createDatabase, openTestDatabase, silent } from "../../support/processes/postgres.ts";
import { keyOf } from "../../support/rows.ts";
import { reportOf } from "../../support/world.ts";

// A database of their own, where no other test's worker takes an import, and two workers on it.
const database = await createDatabase(inject("serverUrl"), inject("migrated"));
const db = openTestDatabase(database.url, 3);
const other = openTestDatabase(database.url, 3);
afterAll(async () => {
  await Promise.all([db.close(), other.close()]);
  await database.drop();
});

const deps = { db, metrics: buildMetrics(), log: silent, signal: new AbortController().signal };

/** An import of people with one address each, received but not yet checked. */
async function receive(book: TestBook, names: readonly string[]): Promise<string> {
  const { row } = await createImport(db, book.id, {
    format: "csv",
    actor: "test",
    idempotencyKey: null,
    validateOnly: false,
    removesAddresses: true,
    archivesMissing: false,
    allowsRemovals: false,
  });
  const rows = names.map((name, n) => {
    const uri = `sip:${name}@pbx.example`;
    const contact = {
      externalId: name,
      name,
      addresses: [{ uri, key: keyOf(uri), label: null, assertedAt: null }],
    };
    return { place: `line ${n + 2}`, contact, isPartial: false, faults: [] };
  });
  await stageRows(db, row.id, 0, rows);
  await finishReceiving(db, row.id);
  return row.id;
}

const people = (count: number) => Array.from({ length: count }, (_, n) => `p${n}`);
const stateOf = async (book: TestBook, id: string) => (await findImport(db, book.id, id))?.state;

/** Expects that each contact exists once and that the sequence has no gap. */
async function expectBook(book: TestBook, contacts: number, changes = contacts): Promise<void> {
  expect(await db.contact.count({ where: { bookId: book.id } })).toBe(contacts);
  const history = await db.change.findMany({ where: { bookId: book.id }, orderBy: { sequence: "asc" } });
  expect(history.map(({ sequence }) => Number(sequence))).toEqual(
    Array.from({ length: changes }, (_, i) => i + 1),
  );
}

test("a worker killed in the middle neither loses nor repeats a row", async () => {
  const book = await makeBook(db);
  const id = await receive(book, people(2500));
  const program = join(import.meta.dirname, "../../support/processes/import-worker.ts");
  const child = spawn(process.execPath, [program, database.url, id], { env: {}, stdio: "ignore" });
  const ended = once(child, "exit");
  await vi.waitUntil(async () => ((await findImport(db, book.id, id))?.appliedTo ?? 0) > 0, {
    timeout: 45_000,
    interval: 5,
  });
  child.kill("SIGKILL");
  await ended;
  // Its lease keeps other workers out until it expires.
  expect(await leaseImport(db, id)).toBe(null);
  await db.import.updateMany({ where: { id }, data: { leasedUntil: new Date(0) } });
  expect(await findIdleImports(db, 100)).toContain(id);
  await workOnImport(deps, id);
  expect(await findImport(db, book.id, id)).toMatchObject({ state: "done", created: 2500, appliedTo: 2500 });
  await expectBook(book, 2500);
});

test("two workers take turns in an import and in its undo", async () => {
  const book = await makeBook(db);
  const id = await receive(book, people(400));
  const job = { id, bookId: book.id };
  const both = (step: (worker: typeof db) => Promise<unknown>) =>
    Promise.all(
      [db, other].map(async (worker) => {
        for (let i = 0; i < 12; i += 1) await step(worker);
      }),
    );
  await both((worker) => checkBatch(worker, id, 50));
  expect(await stateOf(book, id)).toBe("applying");
  await both((worker) => applyRows(worker, job, 50));
  expect(await findImport(db, book.id, id)).toMatchObject({ state: "done", created: 400, rejected: 0 });
  await expectBook(book, 400);
  await startUndo(db, book.id, id, "test");
  await both((worker) => undoRows(worker, job, 50));
  expect(await findImport(db, book.id, id)).toMatchObject({ state: "undone", conflicts: 0 });
  await expectBook(book, 400, 1200);
  expect(await db.contact.count({ where: { bookId: book.id, archivedAt: null } })).toBe(0);
});

test("calls that arrive during an import are decided, and do not block it", async () => {
  const book = await makeBook(db);
  const first = await receive(book, people(50));
  await workOnImport(deps, first);
  const source = { id: book.sourceId, bookId: book.id, name: "default", mode: "immediate" as const };
  const occurredAt = new Date(Date.now() + 1000);
  const events = people(50).map((name) => {
    const { event, raw } = reportOf({ id: name, kind: "gone", at: 0, from: "a", to: "a", call: 0 }, 0);
    const call = { ...event, requestUri: `sip:${name}@pbx.example`, callId: name };
    return toNewEvent({ id: name, occurredAt, event: call, raw }, source);
  });
  const second = await receive(book, [...people(50), ...people(600).map((name) => `new-${name}`)]);
  const decide = async () => {
    for (const event of events) {
      const [stored] = await storeEvents(other, [event]);
      await applyBatch(other, book.id, [stored?.id ?? ""]);
    }
  };
  await Promise.all([workOnImport(deps, second), decide()]);
  expect(await stateOf(book, second)).toBe("done");
  expect(await db.address.count({ where: { bookId: book.id, status: "gone" } })).toBe(50);
});

test("only the row that the database refuses is rejected, and the rows around it are applied", async () => {
  const book = await makeBook(db);
  const id = await receive(book, ["a", `poison-${book.id}`, "b", "c"]);
  await db.$executeRawUnsafe(`
    create function refuse_${book.id.replaceAll("-", "_")}() returns trigger language plpgsql as $$
    begin raise exception 'refused'; end $$`);
  await db.$executeRawUnsafe(`
    create trigger refuse before insert on contacts for each row when (new.name = 'poison-${book.id}')
    execute function refuse_${book.id.replaceAll("-", "_")}()`);
  try {
    await workOnImport(deps, id);
  } finally {
    await db.$executeRawUnsafe("drop trigger refuse on contacts");
  }
  expect(await findImport(db, book.id, id)).toMatchObject({ state: "done", created: 3, rejected: 1 });
  const rejected = await db.importRow.findMany({ where: { importId: id, outcome: "rejected" } });
  expect(rejected).toMatchObject([
    { row: 2, problems: [{ detail: expect.stringContaining("an internal error") }] },
  ]);
  await expectBook(book, 3);
});

test("an abandoned upload fails, and its rows are deleted", async () => {
  const book = await makeBook(db);
  const id = await receive(book, people(3));
  await db.import.updateMany({ where: { id }, data: { state: "receiving", leasedUntil: new Date(0) } });
  expect(await findBrokenUploads(db, 100)).toContain(id);
  await failReceiving(db, id, "It broke off");
  expect(await findImport(db, book.id, id)).toMatchObject({ state: "failed", error: "It broke off" });
  expect(await db.importRow.count({ where: { importId: id } })).toBe(0);
  expect(await finishReceiving(db, id)).toBe(false);
});

const endedBefore = (days: number) => ({ finishedAt: new Date(Date.now() - days * 86_400_000) });

test("the rows and the undo of an import are kept for 30 days after its end, then deleted", async () => {
  const book = await makeBook(db);
  const [old, recent] = [await receive(book, people(5)), await receive(book, people(3))];
  const waiting = await receive(book, people(2));
  await workOnImport(deps, old);
  await workOnImport(deps, recent);
  await db.import.updateMany({ where: { id: old }, data: endedBefore(31) });
  await db.import.updateMany({ where: { id: recent }, data: endedBefore(29) });
  await db.import.updateMany({ where: { id: waiting }, data: { state: "stopped", ...endedBefore(31) } });
  // Each sweep deletes a limited number of rows until none is left.
  expect(await trimImportRows(db, 4)).toBeLessThanOrEqual(4);
  while ((await trimImportRows(db, 4)) > 0);
  const left = (importId: string) =>
    Promise.all([db.importRow.count({ where: { importId } }), db.importKey.count({ where: { importId } })]);
  expect(await Promise.all([old, waiting, recent].map(left))).toEqual([
    [0, 0],
    [0, 0],
    [3, 3],
  ]);
  expect(await findImport(db, book.id, old)).toMatchObject({ state: "done", created: 5 });
  expect(await startUndo(db, book.id, old, "test")).toBe(false);
  expect(await proceedWithImport(db, book.id, waiting)).toBe(false);
  expect(await startUndo(db, book.id, recent, "test")).toBe(true);
});
