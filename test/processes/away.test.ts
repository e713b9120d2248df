import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type EmbeddedPostgres, openEmbedded } from "../../src/postgres/embedded.ts";
import { A, answered, B, gone, moved } from "../integration/fold/calls.ts";
import { checkInvariants } from "../integration/fold/invariants.ts";
import { bodyAs } from "../support/pages/contract.ts";
import { makeDataFolder, silent } from "../support/processes/postgres.ts";
import { type Book, openService, pageOf, receiptsOf, type Service, wait } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

// A PostgreSQL of its own, which is stopped and started under the running service.

let folder: Awaited<ReturnType<typeof makeDataFolder>>;
let server: EmbeddedPostgres;
let service: Service;

const startServer = () => openEmbedded({ dataDir: folder.path, log: silent, settings: { fsync: "off" } });
beforeAll(async () => {
  folder = await makeDataFolder(inject("dataFolder"));
  server = await startServer();
  service = await openService(server.url);
});
afterAll(async () => {
  await service.close();
  await server.close();
  await folder.remove();
});

async function keptIds(book: Book): Promise<readonly string[]> {
  const { items } = bodyAs(pageOf("Event"), await book.get("/v1/events?limit=500"));
  return items.map(({ sourceEventId }) => sourceEventId).toSorted();
}

/** The answer, asked for again until the database is back. */
async function persist<T>(work: () => Promise<T>, isThere: (answer: T) => boolean): Promise<T> {
  return waitFor(async () => {
    const answer = await work();
    expect(answer).toSatisfy(isThere);
    return answer;
  });
}

test("the API answers 503 with Retry-After while PostgreSQL is away, and works again afterwards", {
  timeout: 60_000,
}, async () => {
  const book = await service.makeBook();
  const { id } = await book.addContact(A);
  await server.close();
  const event = moved(A, B, 1);
  const calls = [
    () => book.post("/v1/events", { body: event }),
    () => book.post("/v1/events", { body: [event, gone(B, 2)], headers: wait }),
    () => book.post("/v1/webhooks/kamailio", { body: { id: "k", code: 410, uri: A, call_id: "c", cseq: 1 } }),
    () => book.post("/v1/contacts", { body: { name: "Bob", addresses: [{ uri: B }] } }),
    () => book.get(`/v1/contacts/${id}`),
    () => book.get("/v1/feed"),
  ];
  for (const send of calls) {
    const answer = await send();
    expect(answer).toMatchObject({ status: 503, body: { type: "urn:sipbook:problem:database-away" } });
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  }
  server = await startServer();
  await persist(
    () => book.get("/v1/feed"),
    ({ status }) => status === 200,
  );
  expect(await keptIds(book)).toEqual([]);
  expect(await book.changes()).toHaveLength(1);
  expect(await book.report(event)).toEqual(["applied/moved-permanently"]);
  expect(await book.shown(id)).toEqual([`${B} active`]);
  await checkInvariants(book);
});

test("an event answered with 202 is stored and decided; any other is stored completely or not at all", {
  timeout: 90_000,
}, async () => {
  const book = await service.makeBook();
  await Promise.all(Array.from({ length: 20 }, (_, i) => book.addContact(`sip:n${i}@pbx.example`)));
  const promised = new Set<string>();
  const over = new AbortController();
  let refused = 0;
  const sender = async (lane: number) => {
    // At most as many events as one page lists.
    for (let minute = 1, accepted = 0; !over.signal.aborted && accepted < 35; minute += 1) {
      const uri = `sip:n${(lane * 5 + minute) % 20}@pbx.example`;
      const events = [gone(uri, minute), answered(uri, minute + 0.5), gone(uri, minute + 0.7)];
      const answer = await book.post("/v1/events", { body: events });
      expect([202, 503]).toContain(answer.status);
      if (answer.status === 503) {
        refused += 1;
      } else {
        accepted += 1;
        for (const { sourceEventId = "" } of receiptsOf(answer).events) promised.add(sourceEventId);
      }
    }
  };
  const senders = Promise.all([0, 1, 2, 3].map(sender));
  await waitFor(() => expect(promised.size).toBeGreaterThan(0));
  await server.close();
  await waitFor(() => expect(refused).toBeGreaterThan(8));
  const before = promised.size;
  server = await startServer();
  await persist(
    () => book.get("/v1/feed"),
    ({ status }) => status === 200,
  );
  await waitFor(() => expect(promised.size).toBeGreaterThan(before));
  over.abort();
  await senders;

  const pending = () => book.get("/v1/events?limit=500");
  const all = await persist(
    pending,
    (answer) =>
      answer.status === 200 && bodyAs(pageOf("Event"), answer).items.every(({ verdict }) => verdict !== null),
  );
  const { items } = bodyAs(pageOf("Event"), all);
  const kept = new Set(items.map(({ sourceEventId }) => sourceEventId));
  expect([...promised].filter((eventId) => !kept.has(eventId))).toEqual([]);
  expect(items.filter(({ verdict }) => verdict?.code === "failed")).toEqual([]);
  expect(kept.size % 3).toBe(0);
  expect(promised.size).toBeGreaterThan(0);
  await checkInvariants(book);
});
