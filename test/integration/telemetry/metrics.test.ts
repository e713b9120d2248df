import { Client } from "pg";
import { expect, inject } from "vitest";
import { buildOps } from "../../../src/process/ops-app.ts";
import { createKey } from "../../../src/store/keys.ts";
import { createSubscription, makeSubscriptionId } from "../../../src/store/subscriptions/subscriptions.ts";
import { buildMetrics } from "../../../src/telemetry/metrics.ts";
import { openTestApp, type TestApp } from "../../support/app.ts";
import { makeBook, makeKey, type TestBook } from "../../support/book.ts";
import { openClient } from "../../support/pages/contract.ts";
import { createDatabase, runSql, silent } from "../../support/processes/postgres.ts";
import { type Scrape, scrape } from "../../support/scrape.ts";
import type { Book } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { A, answered, B, gone, moved } from "../fold/calls.ts";

const service = await sharedService();

const countOf = ({ samples }: Scrape, series: string): number | null => samples.get(series) ?? null;

/** The values of a counter for this book, by its labels. */
function countsOf({ samples }: Scrape, name: string, book: string): Readonly<Record<string, number>> {
  const mine = [...samples].filter(
    ([series]) => series.startsWith(`${name}{`) && series.includes(`book="${book}"`),
  );
  return Object.fromEntries(mine.map(([series, value]) => [series.replace(/^.*?book="[^"]*",/, "{"), value]));
}

async function bookWithCalls(): Promise<Book> {
  const book = await service.makeBook();
  await book.addContact(A);
  const repeated = answered(A, 1);
  await book.report(repeated, moved(A, B, 2), gone("sip:nobody@pbx.example", 3));
  await book.report(repeated);
  await book.post("/v1/events", { body: [{ ...repeated, status: 410 }, { source: "sip:alice@x.example" }] });
  const kamailio = { id: "k-1", code: 410, uri: B, call_id: "c", cseq: 1 };
  await book.post("/v1/webhooks/kamailio", { body: kamailio, headers: { prefer: "wait=10" } });
  await book.post("/v1/webhooks/kamailio", { body: { id: "k-2" } });
  return book;
}

test("events are counted by source, by the outcome of their receipt, and by verdict", async () => {
  const book = await bookWithCalls();
  const page = await scrape(service.app, book.key);
  expect(countsOf(page, "sipbook_events_received_total", book.name)).toEqual({
    '{source="default",state="accepted"}': 3,
    '{source="default",state="duplicate"}': 1,
    // The conflict. The name of an unknown source does not become a label.
    '{source="default",state="rejected"}': 1,
    '{source="_unknown",state="rejected"}': 1,
    '{source="kamailio",state="accepted"}': 1,
    '{source="kamailio",state="rejected"}': 1,
  });
  expect(countsOf(page, "sipbook_events_decided_total", book.name)).toEqual({
    '{source="default",verdict="recorded"}': 1,
    '{source="default",verdict="applied"}': 1,
    '{source="default",verdict="unmatched"}': 1,
    '{source="kamailio",verdict="applied"}': 1,
  });
});

test("batches, waits and requests are measured", async () => {
  const before = await scrape(service.app, (await bookWithCalls()).key);
  const book = await service.makeBook();
  await book.report(answered(A, 1), answered(B, 1));
  await book.get("/v1/contacts/sip:alice@x.example");
  await book.get("/sip:alice@x.example");
  const after = await scrape(service.app, book.key);
  const grown = (series: string) => (countOf(after, series) ?? 0) - (countOf(before, series) ?? 0);
  expect(grown("sipbook_batch_events_count")).toBe(1);
  expect(grown("sipbook_batch_events_sum")).toBe(2);
  expect(grown("sipbook_event_wait_seconds_count")).toBe(2);
  expect(grown("sipbook_apply_seconds_count")).toBeGreaterThanOrEqual(1);
  expect(grown('sipbook_http_requests_total{method="POST",route="/v1/events",status="200"}')).toBe(1);
  expect(grown('sipbook_http_requests_total{method="GET",route="/v1/contacts/:id",status="404"}')).toBe(1);
  expect(grown('sipbook_http_requests_total{method="GET",route="unknown",status="404"}')).toBe(1);
  expect(grown('sipbook_http_request_seconds_count{method="POST",route="/v1/events"}')).toBe(1);
  expect([...after.samples.keys()].join()).not.toContain("alice");
});

test("names follow the conventions of Prometheus, and the process exports its own metrics", async () => {
  const { types, samples } = await scrape(service.app, (await service.makeBook()).key);
  for (const [name, type] of types) {
    if (!name.startsWith("sipbook_")) continue;
    expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
  }
  expect(types.get("process_cpu_seconds_total")).toBe("counter");
  expect(types.get("nodejs_eventloop_lag_seconds")).toBe("gauge");
  expect([...samples.keys()].join()).toMatch(/sipbook_build_info\{version="\d+\.\d+\.\d+"\}/);
});

test("a scrape needs a key with the scope read", async ({ book }) => {
  const client = openClient(service.app);
  expect(await client.get("/metrics")).toMatchObject({ status: 401 });
  const ingest = await book.makeKey("ingest", "default");
  expect(await client.get("/metrics", { key: ingest })).toMatchObject({ status: 403 });
  expect(await scrape(service.app, await book.makeKey("read"))).toMatchObject({ status: 200 });
});

test("a tenant's key sees only its own book, the operator's key sees all books", async () => {
  const [mine, others] = [await bookWithCalls(), await bookWithCalls()];
  const tenant = await scrape(service.app, await mine.makeKey("read"));
  expect(countsOf(tenant, "sipbook_events_decided_total", mine.name)).not.toEqual({});
  expect([...tenant.samples.keys()].join()).not.toContain(others.name);
  expect([...tenant.samples.keys()].join()).not.toContain("sipbook_subscriptions{");
  const fields = { name: "Prometheus", scopes: ["read" as const], sourceId: null, expiresAt: null };
  const { secret } = await createKey(service.db, "01936d00-0000-7000-8000-000000000001", fields);
  for (const key of [secret, mine.key]) {
    const all = await scrape(service.app, key);
    expect(countsOf(all, "sipbook_events_decided_total", others.name)).not.toEqual({});
    expect([...all.samples.keys()].join()).toContain("sipbook_subscriptions{");
  }
});

test("a worker process without an API exports its verdicts", async () => {
  const metrics = buildMetrics();
  const { db, queues } = service;
  const ops = await buildOps({ db, queues, metrics, log: silent });
  metrics.decided.inc({ book: "b", source: "default", verdict: "applied" }, 3);
  const key = (await makeBook(db)).key;
  const page = await scrape(ops, key);
  expect(countsOf(page, "sipbook_events_decided_total", "b")).toEqual({
    '{source="default",verdict="applied"}': 3,
  });
  expect(await scrape(ops, null)).toMatchObject({ status: 401 });
  await ops.close();
});

test("sources beyond the first few hundred are counted together", () => {
  const { labelsOf } = buildMetrics();
  for (let i = 0; i < 500; i += 1) expect(labelsOf(`b${i}`, "default").book).toBe(`b${i}`);
  expect(labelsOf("b500", "default")).toEqual({ book: "_other", source: "_other" });
  expect(labelsOf("b499", "default")).toEqual({ book: "b499", source: "default" });
});

// These have their own databases without a worker, so the backlog contains only their own events.

async function openAlone(): Promise<{
  readonly database: Awaited<ReturnType<typeof createDatabase>>;
  readonly server: TestApp;
  readonly book: TestBook;
}> {
  const database = await createDatabase(inject("serverUrl"), inject("migrated"));
  const server = await openTestApp(database.url);
  return { database, server, book: await makeBook(server.db) };
}

test("pending events are counted with the age of the oldest, and so are the jobs in the queues", async () => {
  const { database, server, book } = await openAlone();
  const { app } = server;
  expect(countOf(await scrape(app, book.key), "sipbook_events_pending")).toBe(0);
  const body = [answered(A, 1), answered(B, 2), gone(A, 3)];
  await openClient(app, book.key).post("/v1/events", { body });
  await runSql(
    database.url,
    "update events set received_at = received_at - interval '1 hour' where status = 410",
  );
  await expect
    .poll(async () =>
      countOf(await scrape(app, book.key), 'sipbook_queue_jobs{queue="events",state="waiting"}'),
    )
    .toBe(1);
  const page = await scrape(app, book.key);
  expect(countOf(page, "sipbook_events_pending")).toBe(3);
  expect(countOf(page, "sipbook_oldest_pending_seconds")).toBeGreaterThanOrEqual(3600);
  expect(countOf(page, "sipbook_oldest_pending_seconds")).toBeLessThan(3700);
  expect(countOf(page, 'sipbook_queue_jobs{queue="imports",state="failed"}')).toBe(0);
  await server.close();
  await database.drop();
});

test("subscriptions are counted by state, and active ones with their lag", async () => {
  const { database, server, book } = await openAlone();
  const fields = {
    name: "CRM",
    url: "https://crm.example/",
    kinds: [],
    sources: [],
    secret: Buffer.from("s"),
  };
  const [late = "", ended = ""] = await Promise.all(
    [3, 0].map(async (cursor) => {
      const made = await createSubscription(server.db, book.id, {
        ...fields,
        id: makeSubscriptionId(),
        cursor,
      });
      return made?.id;
    }),
  );
  await runSql(database.url, `update books set last_sequence = 10 where id = '${book.id}'`);
  const page = await scrape(server.app, book.key);
  const behind = (id: string) =>
    countOf(page, `sipbook_subscription_behind{book="${book.name}",subscription="${id}"}`);
  expect([behind(late), behind(ended)]).toEqual([7, 10]);
  await runSql(database.url, `update subscriptions set state = 'paused' where id = '${ended}'`);
  const later = await scrape(server.app, book.key);
  expect(countOf(later, 'sipbook_subscriptions{state="active"}')).toBe(1);
  expect(countOf(later, 'sipbook_subscriptions{state="paused"}')).toBe(1);
  expect([...later.samples.keys()].join()).not.toContain(ended);
  await server.close();
  await database.drop();
});

test("a known scraper can read the metrics of the process while PostgreSQL hangs", async () => {
  const { database, server, book } = await openAlone();
  const stranger = await makeKey(server.db, book.id, "read");
  expect(await scrape(server.app, book.key)).toMatchObject({ status: 200 });
  const blocker = new Client({ connectionString: database.url });
  await blocker.connect();
  await blocker.query("begin; lock table keys, events in access exclusive mode");
  const strange = openClient(server.app, stranger.secret).get("/metrics");
  const page = await scrape(server.app, book.key);
  // It did not wait for the end of the statements, which take some seconds more.
  const [stuck] = await runSql(
    database.url,
    "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
  );
  expect(stuck).toEqual({ n: 3 });
  expect(page.status).toBe(200);
  expect(countOf(page, 'sipbook_up{dependency="postgres"}')).toBe(0);
  expect(countOf(page, 'sipbook_up{dependency="queue"}')).toBe(1);
  expect(countOf(page, "sipbook_events_pending")).toBe(null);
  expect(countOf(page, 'sipbook_http_requests_total{method="GET",route="/metrics",status="200"}')).toBe(1);
  expect(await strange).toMatchObject({ status: 503 });
  await blocker.end();
  await expect
    .poll(async () => countOf(await scrape(server.app, book.key), 'sipbook_up{dependency="postgres"}'))
    .toBe(1);
  await server.close();
  await database.drop();
});

test("a known scraper can read the metrics while PostgreSQL and Redis are unreachable", async () => {
  const { database, server, book } = await openAlone();
  expect(await scrape(server.app, book.key)).toMatchObject({ status: 200 });
  await database.drop();
  const page = await scrape(server.app, book.key);
  expect(page.status).toBe(200);
  expect(countOf(page, 'sipbook_up{dependency="postgres"}')).toBe(0);
  expect(countOf(page, 'sipbook_up{dependency="queue"}')).toBe(0);
  expect(countOf(page, 'sipbook_queue_jobs{queue="events",state="waiting"}')).toBe(null);
  await server.close();
});
