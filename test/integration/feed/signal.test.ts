import { randomUUID } from "node:crypto";
import { afterEach, expect, inject, test } from "vitest";
import type { Database } from "../../../src/store/client.ts";
import { feedChannel, openFeedSignal } from "../../../src/store/feed/signal.ts";
import { openTestApp, type TestApp } from "../../support/app.ts";
import { makeBook } from "../../support/book.ts";
import { openClient } from "../../support/pages/contract.ts";
import { openTestDatabase, silent } from "../../support/processes/postgres.ts";
import { waitFor } from "../../support/wait.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Other test files change their own books in the same database, so we count only the signals for all books. */
const signalsForAll = (heard: readonly (string | null)[]) => heard.filter((bookId) => bookId === null);

/** The book id of each signal, in order; null if any book may have changed. */
async function listen(everySeconds: number): Promise<(string | null)[]> {
  const heard: (string | null)[] = [];
  const signal = openFeedSignal(inject("databaseUrl"), { log: silent, everySeconds });
  closers.push(() => signal.close());
  signal.listen((bookId) => void heard.push(bookId));
  await waitFor(() => expect(signalsForAll(heard)).toEqual([null]));
  return heard;
}

function openDb(): Database {
  const db = openTestDatabase(inject("databaseUrl"));
  closers.push(() => db.close());
  return db;
}

async function openApp(): Promise<TestApp> {
  const app = await openTestApp(inject("databaseUrl"));
  closers.push(() => app.close());
  return app;
}

test("signals the book when a change is committed", async () => {
  const { app, db } = await openApp();
  const [book, other] = [await makeBook(db), await makeBook(db)];
  const heard = await listen(3600);
  await openClient(app, book.key).post("/v1/contacts", {
    body: { name: "Alice", addresses: [{ uri: "sip:alice@old.example" }] },
  });
  await waitFor(() => expect(heard).toContain(book.id));
  expect(heard).not.toContain(other.id);
});

test("does not signal a change that is rolled back", async () => {
  const db = openDb();
  const heard = await listen(3600);
  const [lost, kept] = [randomUUID(), randomUUID()];
  await expect(
    db.$transaction(async (tx) => {
      await tx.$executeRaw`select pg_notify(${feedChannel}, ${lost})`;
      throw new Error("rolled back");
    }),
  ).rejects.toThrow("rolled back");
  await db.$executeRaw`select pg_notify(${feedChannel}, ${kept})`;
  await waitFor(() => expect(heard).toContain(kept));
  expect(heard).not.toContain(lost);
});

test("listens again after its connection is cut", async () => {
  const db = openDb();
  const heard = await listen(3600);
  await db.$executeRaw`
    select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sipbook feed'`;
  await waitFor(() => expect(signalsForAll(heard)).toEqual([null, null]));
  const bookId = randomUUID();
  await db.$executeRaw`select pg_notify(${feedChannel}, ${bookId})`;
  await waitFor(() => expect(heard).toContain(bookId));
});

test("signals all books at regular intervals", async () => {
  const heard = await listen(0.2);
  await waitFor(() => expect(heard.length).toBeGreaterThan(3));
});
