import { expect, inject, test } from "vitest";
import { defaultBookId } from "../../../src/store/books.ts";
import { shapes } from "../../../src/wire/shapes.ts";
import { openTestApp } from "../../support/app.ts";
import { makeBook, makeKey } from "../../support/book.ts";
import { bodyAs, openClient } from "../../support/pages/contract.ts";
import { createDatabase } from "../../support/processes/postgres.ts";

// It has its own database, because the backlog is counted over all books.
test("GET /v1/queue counts pending events and waiting jobs, for a tenant only those of its own book", async () => {
  const database = await createDatabase(inject("serverUrl"), inject("migrated"));
  const server = await openTestApp(database.url);
  const { app, db } = server;
  const book = await makeBook(db);
  const client = openClient(app, book.key);
  const read = async () => bodyAs(shapes.Backlog, await client.get("/v1/queue"));
  const none = { waiting: 0, active: 0, delayed: 0, failed: 0 };
  expect(await read()).toEqual({
    pendingEvents: 0,
    oldestPendingSeconds: 0,
    queues: { events: none, imports: none, webhooks: none, webhookRetries: none },
  });
  const event = { requestUri: "sip:alice@old.example", status: 410 };
  const two = [
    { ...event, id: "a" },
    { ...event, id: "b" },
  ];
  expect((await client.post("/v1/events", { body: two })).status).toBe(202);
  await expect.poll(read).toMatchObject({ pendingEvents: 2, queues: { events: { ...none, waiting: 1 } } });
  expect((await read()).oldestPendingSeconds).toBeGreaterThan(0);

  const notTold = { events: null, imports: null, webhooks: null, webhookRetries: null };
  const readAs = async (bookId: string) =>
    bodyAs(
      shapes.Backlog,
      await openClient(app, (await makeKey(db, bookId, "read")).secret).get("/v1/queue"),
    );
  expect(await readAs(defaultBookId)).toMatchObject({ pendingEvents: 2, queues: { events: { waiting: 1 } } });
  expect(await readAs(book.id)).toMatchObject({ pendingEvents: 2, queues: notTold });
  const stranger = { pendingEvents: 0, oldestPendingSeconds: 0, queues: notTold };
  expect(await readAs((await makeBook(db)).id)).toEqual(stranger);
  await server.close();
  await database.drop();
});
