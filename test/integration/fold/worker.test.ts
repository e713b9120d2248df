import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { QueueConnection } from "../../../src/queue/queue.ts";
import { openQueues, type Queues } from "../../../src/queue/queues.ts";
import { toNewEvent } from "../../../src/receive/intake/event-input.ts";
import { buildInbox, type Inbox } from "../../../src/receive/intake/inbox.ts";
import type { Database } from "../../../src/store/client.ts";
import { reviveFailed } from "../../../src/store/events/pending.ts";
import { type FeedSignal, openFeedSignal } from "../../../src/store/feed/signal.ts";
import { buildMetrics } from "../../../src/telemetry/metrics.ts";
import { noTracing } from "../../../src/telemetry/tracing.ts";
import { decideEvents, startSweep } from "../../../src/work/events.ts";
import { startWorker } from "../../../src/work/worker.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { testOutbound } from "../../support/pbx/outbound.ts";
import { createDatabase, openTestDatabase, silent } from "../../support/processes/postgres.ts";
import { isRedisMissing, makeRedis, redisAt, type TestRedis } from "../../support/processes/redis.ts";
import { waitFor } from "../../support/wait.ts";
import { reportOf } from "../../support/world.ts";

const metrics = buildMetrics();
const backends = ["PostgreSQL", ...(isRedisMissing() ? [] : ["Redis"])] as const;

// Each has its own database, because one test makes Postgres refuse certain events.
describe.each(backends)("the worker, with the queue on %s", (backend) => {
  let database: { readonly url: string; drop(): Promise<void> };
  let redis: TestRedis | null = null;
  let db: ReturnType<typeof openTestDatabase>;
  let connection: QueueConnection;
  let queues: Queues;
  let signal: FeedSignal;
  const prefix = `test-${randomUUID()}`;
  let inbox: Inbox;

  beforeAll(async () => {
    database = await createDatabase(inject("serverUrl"), inject("migrated"));
    db = openTestDatabase(database.url, 8);
    if (backend === "Redis") {
      redis = await makeRedis();
      await redis.start();
      connection = redisAt(redis.url);
    } else {
      connection = { databaseUrl: database.url };
    }
    queues = await openQueues({ ...connection, prefix, log: silent });
    signal = openFeedSignal(database.url, { log: silent });
    inbox = buildInbox({ db, queue: queues.events, log: silent });
  });

  const openWorker = (sweepEverySeconds: number) =>
    startWorker({
      db,
      connection,
      prefix,
      queues,
      signal,
      metrics,
      outbound: testOutbound,
      log: silent,
      sweepEverySeconds,
    });

  afterAll(async () => {
    await queues.close();
    await signal.close();
    await redis?.close();
    await db.close();
    await database.drop();
  });

  test("decides events that arrived before and after its start", async () => {
    const book = await makeBook(db);
    const [first] = await receive(inbox, book, "first");
    const worker = await openWorker(60);
    const [second] = await receive(inbox, book, "second");
    await waitFor(async () =>
      expect(await verdicts(db, [first, second])).toEqual(["unmatched", "unmatched"]),
    );
    await worker.close();
  });

  test("decides all other events of a batch with a poisoned event, and gives up that event after five tries", async () => {
    const book = await makeBook(db);
    await refuseEventsNamed(db, "poison");
    const ids = await receive(inbox, book, "good-1", "poison", "good-2", "good-3");
    for (let i = 0; i < 5; i += 1) await decideEvents({ db, metrics, tracing: noTracing, log: silent }, ids);
    expect(await verdicts(db, ids)).toEqual(["unmatched", "failed", "unmatched", "unmatched"]);
    const failed = await db.event.findUniqueOrThrow({ where: { id: ids[1] ?? "" } });
    expect(failed).toMatchObject({
      rule: "fault",
      attempts: 5,
      error: expect.stringContaining("poison is refused"),
    });

    await db.$executeRawUnsafe("drop trigger refuse_events on events");
    expect(await reviveFailed(db, book.id, failed.id)).toBe(true);
    await decideEvents({ db, metrics, tracing: noTracing, log: silent }, [failed.id]);
    expect(await verdicts(db, [failed.id])).toEqual(["unmatched"]);
    expect(await reviveFailed(db, book.id, failed.id)).toBe(false);
  });

  test("retries an event with a growing back-off, and the sweep takes it when it is due", async () => {
    const book = await makeBook(db);
    await refuseEventsNamed(db, "late");
    const [id = ""] = await receive(inbox, book, "late");
    await decideEvents({ db, metrics, tracing: noTracing, log: silent }, [id]);
    await decideEvents({ db, metrics, tracing: noTracing, log: silent }, [id]);
    const { attempts, retryAt, receivedAt } = await db.event.findUniqueOrThrow({ where: { id } });
    expect(attempts).toBe(2);
    expect((retryAt?.getTime() ?? 0) - receivedAt.getTime()).toBeGreaterThanOrEqual(4000);
    await db.$executeRawUnsafe("drop trigger refuse_events on events");
    await sweepOnce(db, 0);
    expect(await verdicts(db, [id])).toEqual([null]);
    await db.event.update({ where: { id }, data: { retryAt: new Date() } });
    await sweepOnce(db, 0);
    expect(await verdicts(db, [id])).toEqual(["unmatched"]);
  });

  test("sweeps up events without a job, after the queue had time for them", async () => {
    const book = await makeBook(db);
    const silentQueue = { ...queues.events, add: () => Promise.reject(new Error("The queue is away")) };
    const ids = await receive(buildInbox({ db, queue: silentQueue, log: silent }), book, "lost-1", "lost-2");
    await sweepOnce(db, 60);
    expect(await verdicts(db, ids)).toEqual([null, null]);
    await sweepOnce(db, 0);
    expect(await verdicts(db, ids)).toEqual(["unmatched", "unmatched"]);
  });

  if (backend === "Redis") test("a flushed Redis loses no event, and the service continues", flushRedis);

  async function flushRedis(): Promise<void> {
    const book = await makeBook(db);
    const before = await receive(inbox, book, "before-the-flush");
    await redis?.call("FLUSHALL");
    const worker = await openWorker(1);
    await redis?.call("FLUSHALL");
    const after = await receive(inbox, book, "after-the-flush");
    const ids = [...before, ...after];
    await waitFor(async () => expect(await verdicts(db, ids)).toEqual(["unmatched", "unmatched"]));
    await worker.close();
  }
});

if (isRedisMissing()) test.skip("the worker, with the queue on Redis: redis-server is not installed");

async function receive(
  inbox: Inbox,
  book: TestBook,
  ...names: readonly string[]
): Promise<readonly string[]> {
  const source = { id: book.sourceId, bookId: book.id, name: "default", mode: "immediate" as const };
  const events = names.map((id, call) =>
    toNewEvent(reportOf({ id, kind: "gone", at: 1, from: "a", to: "b", call }, Date.now() - 60_000), source),
  );
  return (await inbox.take(events)).map(({ id }) => id);
}

async function verdicts(
  db: Database,
  ids: readonly (string | undefined)[],
): Promise<readonly (string | null)[]> {
  const rows = await db.event.findMany({ where: { id: { in: ids.map((id) => id ?? "") } } });
  return ids.map((id) => rows.find((row) => row.id === id)?.verdict ?? null);
}

async function sweepOnce(db: Database, graceSeconds: number): Promise<void> {
  await startSweep(
    { db, metrics, tracing: noTracing, log: silent },
    { everySeconds: 3600, graceSeconds },
  ).close();
}

/** Makes Postgres refuse to decide events whose name starts with this, as a fault of the event. */
async function refuseEventsNamed(db: Database, prefix: string): Promise<void> {
  await db.$executeRawUnsafe(`
    create or replace function refuse_event() returns trigger language plpgsql as $$
    begin raise exception '% is refused', new.source_event_id; end $$`);
  await db.$executeRawUnsafe(`
    create trigger refuse_events before update on events for each row
    when (new.verdict = 'unmatched' and new.source_event_id like '${prefix}%') execute function refuse_event()`);
}
