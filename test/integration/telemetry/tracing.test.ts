import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { toNewEvent } from "../../../src/receive/intake/event-input.ts";
import { buildInbox } from "../../../src/receive/intake/inbox.ts";
import { noTracing, type OpenSpan, type Tracing } from "../../../src/telemetry/tracing.ts";
import { makeBook } from "../../support/book.ts";
import { type CollectedSpan, type Collector, openCollector } from "../../support/processes/collector.ts";
import { createDatabase, openTestDatabase, silent } from "../../support/processes/postgres.ts";
import { isRedisMissing, makeRedis, type TestRedis } from "../../support/processes/redis.ts";
import { runSipbook, type Sipbook } from "../../support/processes/sipbook.ts";
import { reportOf } from "../../support/world.ts";

const key = "an admin key for the traces' test";
const backends = ["PostgreSQL", ...(isRedisMissing() ? [] : ["Redis"])] as const;

// A real process sends to a real collector, because OpenTelemetry is global to a process and ends with it.
describe.each(backends)("traces with the queue on %s", (backend) => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let redis: TestRedis | null = null;
  let collector: Collector;
  let sipbook: Sipbook;
  let origin: string;

  beforeAll(async () => {
    database = await createDatabase(inject("serverUrl"), inject("migrated"));
    collector = await openCollector();
    if (backend === "Redis") {
      redis = await makeRedis();
      await redis.start();
    }
    sipbook = runSipbook("serve", {
      env: {
        DATABASE_URL: database.url,
        ...(redis === null ? {} : { REDIS_URL: redis.url }),
        PORT: "0",
        SIPBOOK_ADMIN_KEY: key,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      },
    });
    origin = await sipbook.started();
  }, 60_000);

  afterAll(async () => {
    sipbook.child.kill("SIGKILL");
    await sipbook.ended;
    await redis?.close();
    await collector.close();
    await database.drop();
  });

  const send = async (path: string, body?: unknown, headers = {}): Promise<Record<string, unknown>> => {
    const authorization = `Bearer ${key}`;
    const method = body === undefined ? "GET" : "POST";
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { authorization, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: Record<string, unknown> = Object.fromEntries(Object.entries(Object(await response.json())));
    return answer;
  };

  test("one trace leads from the webhook to the effect of its event, has no personal data, and is exported before the end", async () => {
    const addresses = [{ uri: "sip:zaphod@betelgeuse.example" }, { uri: "tel:+4930123456" }];
    await send("/v1/contacts", { name: "Zaphod Beeblebrox", externalId: "zaphod", addresses });
    const webhook = {
      id: "zaphod-1",
      code: 410,
      uri: "sip:zaphod@betelgeuse.example",
      call_id: "zaphod@192.0.2.77",
      cseq: 1,
    };
    const carried = {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      baggage: "name=zaphod",
    };
    await send("/v1/webhooks/kamailio", webhook, { ...carried, prefer: "wait=10" });
    await send("/v1/contacts?uri=tel:%2B4930123456&q=Zaphod");
    await send("/v1/contacts?uri=zaphod");
    await send("/v1/contacts/by-external-id/zaphod");
    await send("/zaphod/4930");
    await send("/v1/events", { zaphod: 4930 });
    for (const path of ["/readyz", "/healthz"]) await send(path);
    // Spans left at the end are exported before the process ends.
    sipbook.child.kill("SIGTERM");
    expect(await sipbook.ended).toBe(0);

    const spans = collector.spans();
    const trace = spans.filter(({ traceId }) => traceId === "0af7651916cd43dd8448eb211c80319c");
    const pathOf = (name: string) =>
      pathTo(
        trace,
        trace.find((span) => span.name === name),
      );
    expect(pathOf("store events")).toEqual([
      "POST /v1/webhooks/:source",
      "handler",
      "hand in events",
      "store events",
    ]);
    expect(pathOf("decide events")).toEqual([
      ...pathOf("store events"),
      "add events.events",
      "process events",
      "decide events",
    ]);
    const statements = trace.filter(({ name }) => name === "prisma:client:db_query");
    const texts = statements.map((span) => [textOf(span, "db.query.text"), pathTo(trace, span).at(-3)]);
    expect(texts).toContainEqual([expect.stringContaining("insert into events"), "store events"]);
    expect(texts).toContainEqual([
      expect.stringContaining("update events set verdict"),
      "prisma:client:transaction",
    ]);

    // Only traces are sent, and they contain nothing from the bodies.
    expect(collector.raw()).toMatch(/^\/v1\/traces\n{/);
    expect(collector.raw().toLowerCase()).not.toMatch(
      /zaphod|beeblebrox|4930123456|betelgeuse|192\.0\.2\.77/,
    );
    expect(new Set(collector.services())).toEqual(new Set(["sipbook"]));
    // Polling makes no trace: neither probes, nor a sweep or a queue worker that finds no work.
    const roots = new Set(
      spans
        .filter(({ parentSpanId }) => parentSpanId === undefined || parentSpanId === "")
        .map(({ name }) => name),
    );
    expect([...roots].toSorted()).toEqual([
      "GET",
      "GET /v1/contacts",
      "POST /v1/contacts",
      "POST /v1/events",
    ]);
    const decided = logOf(sipbook).find(({ msg }) => String(msg).startsWith("Decided 1"));
    expect(decided).toMatchObject({
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      span_id: expect.any(String),
    });
  });
});

test("a shared insert and job are in the trace of the first request, and the other requests link to them", async () => {
  const db = openTestDatabase(inject("databaseUrl"));
  const { id: bookId, sourceId } = await makeBook(db);
  const { tracing, lines } = rememberSpans();
  const queue = { add: async () => {}, counts: refuse, ping: refuse, close: async () => {} };
  const inbox = buildInbox({ db, queue, log: silent, tracing });
  const source = { id: sourceId, bookId, name: "default", mode: "immediate" as const };
  const take = (id: string) =>
    inbox.take([toNewEvent(reportOf({ id, kind: "gone", at: 1, from: "a", to: "b", call: 1 }, 0), source)]);
  // The other requests arrive while the insert of the first runs.
  await Promise.all(["1", "2", "3", "4"].map(take));
  expect(lines).toContain("store events 2 below hand in events 1, linked to nothing");
  const shared = "store events 6 below hand in events 3, linked to hand in events 4, hand in events 5";
  expect(lines).toContain(shared);
  expect(lines).toContain("hand in events 5 linked to store events 6");
  expect(lines).toContain("hand in events 4 linked to store events 6");
  await db.close();
});

const refuse = async (): Promise<never> => {
  throw new Error("Nobody asks this");
};

/** Tracing that records its calls as text. */
function rememberSpans(): { readonly tracing: Tracing; readonly lines: string[] } {
  const lines: string[] = [];
  const names = new Map<OpenSpan, string>();
  const nameOf = (span: OpenSpan | null | undefined) => (span && names.get(span)) ?? "nothing";
  const span: Tracing["span"] = (name, { parent, links = [] }, work) => {
    const own = `${name} ${names.size + 1}`;
    const open: OpenSpan = {
      link: (other) => void lines.push(`${own} linked to ${nameOf(other)}`),
      noteEvents: () => {},
    };
    names.set(open, own);
    const linked = links.length === 0 ? "nothing" : links.map(nameOf).join(", ");
    lines.push(`${own} below ${nameOf(parent)}, linked to ${linked}`);
    return work(open);
  };
  return { tracing: { ...noTracing, span }, lines };
}

if (isRedisMissing()) test.skip("traces with the queue on Redis: redis-server is not installed");

/** The names of a span and of all spans above it. */
function pathTo(trace: readonly CollectedSpan[], span: CollectedSpan | undefined): readonly string[] {
  if (span === undefined) return [];
  return [
    ...pathTo(
      trace,
      trace.find(({ spanId }) => spanId === span.parentSpanId),
    ),
    span.name,
  ];
}

function textOf({ attributes }: CollectedSpan, name: string): string | undefined {
  return attributes.find(({ key: each }) => each === name)?.value.stringValue;
}

function logOf(sipbook: Sipbook): readonly Record<string, unknown>[] {
  return sipbook
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}
