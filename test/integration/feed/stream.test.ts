import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { FeedPage } from "../../../src/wire/book/changes.ts";
import type { TestStreams } from "../../support/app.ts";
import { bodyAs, openClient } from "../../support/pages/contract.ts";
import { waitFor } from "../../support/wait.ts";
import { count, openStreamServer, type StreamServer } from "./stream-server.ts";

let server: StreamServer;
beforeAll(async () => {
  server = await openStreamServer();
});
afterAll(() => server.close());

/** A server with its own limits. */
async function serve(streams: TestStreams): Promise<StreamServer> {
  const own = await openStreamServer(streams);
  onTestFinished(() => own.close());
  return own;
}

describe("the stream", () => {
  test("sends what the feed has: first the existing changes, then each new change", async () => {
    const { app, makeBook, read } = await serve({ limits: { batchChanges: 3 } });
    const book = await makeBook();
    await book.add(7);
    const stream = await read({ key: book.key });
    await waitFor(() => expect(stream.ids).toEqual(count(7)));
    await book.add(5);
    await waitFor(() => expect(stream.ids).toEqual(count(12)));
    const page = bodyAs(FeedPage, await openClient(app, book.key).get("/v1/feed"));
    expect(stream.changes).toEqual(page.items);
    expect(stream.changes.map(({ sequence }) => sequence)).toEqual(stream.ids);
  });

  test("may not be cached or buffered, and says when to reconnect", async () => {
    const { key } = await server.makeBook();
    const stream = await server.read({ key });
    expect(stream).toMatchObject({
      status: 200,
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      },
    });
    await waitFor(() => expect(stream.retries).toEqual([expect.any(Number)]));
  });

  test("starts after `after`, but Last-Event-ID takes precedence", async () => {
    const book = await server.makeBook();
    await book.add(5);
    const path = "/v1/feed/stream?after=2";
    const [first, again] = [
      await server.read({ path, key: book.key }),
      await server.read({ path, key: book.key, headers: { "last-event-id": "4" } }),
    ];
    await waitFor(() => expect([first.ids, again.ids]).toEqual([[3, 4, 5], [5]]));
  });

  test("is also the response of the feed to a client that accepts only event streams", async () => {
    const book = await server.makeBook();
    await book.add(3);
    const headers = { "last-event-id": "1" };
    const stream = await server.read({ path: "/v1/feed", key: book.key, headers });
    await waitFor(() => expect(stream.ids).toEqual([2, 3]));
  });

  test("sends heartbeats to an idle reader", async () => {
    const { makeBook, read } = await serve({ limits: { heartbeatSeconds: 0.05 } });
    const stream = await read({ key: (await makeBook()).key });
    await waitFor(() => expect(stream.comments.length).toBeGreaterThan(2));
  });

  test("contains only changes of its book", async () => {
    const [book, other] = [await server.makeBook(), await server.makeBook()];
    const [stream, others] = [await server.read({ key: book.key }), await server.read({ key: other.key })];
    await other.add(2);
    await waitFor(() => expect(others.ids).toEqual([1, 2]));
    await book.add(1);
    await waitFor(() => expect(stream.ids).toEqual([1]));
    expect(others.ids).toEqual([1, 2]);
  });

  test("sends changes that were committed while the LISTEN connection was lost", async () => {
    const { db, makeBook, read } = await serve({ everySeconds: 3600 });
    const book = await makeBook();
    const stream = await read({ key: book.key });
    await book.add();
    await waitFor(() => expect(stream.ids).toEqual([1]));
    // This also cuts other listeners on this server, which have to reconnect.
    await db.$executeRaw`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sipbook feed'`;
    await book.add(2);
    await waitFor(() => expect(stream.ids).toEqual([1, 2, 3]));
  });
});

describe("a stream is refused", () => {
  // with the query and the headers … the status and problem are …
  const refusals: [string, Record<string, string>, number, string][] = [
    ["after=2", {}, 410, "feed-expired"],
    ["after=9", {}, 410, "feed-expired"],
    ["after=4", { "last-event-id": "0" }, 410, "feed-expired"],
    ["after=-1", {}, 422, "invalid-input"],
    ["after=4", { "last-event-id": "abc" }, 422, "invalid-input"],
  ];

  test.for(refusals)("?%s with %o: %i %s", async ([query, headers, status, type]) => {
    const book = await server.makeBook();
    await book.add(8);
    await server.db.$executeRaw`update books set trimmed_to = 3 where id = ${book.id}::uuid`;
    const stream = await server.read({ path: `/v1/feed/stream?${query}`, key: book.key, headers });
    expect(stream).toMatchObject({ status, problem: { type: `urn:sipbook:problem:${type}` } });
  });

  test("if the process has the maximum of streams, with a Retry-After", async () => {
    const { makeBook, read } = await serve({ limits: { streams: 2 } });
    const { key } = await makeBook();
    const [first] = [await read({ key }), await read({ key })];
    expect(await read({ key })).toMatchObject({
      status: 503,
      headers: { "retry-after": "30" },
      problem: { type: "urn:sipbook:problem:too-many-streams" },
    });
    first.cut();
    await waitFor(async () => expect((await read({ key })).status).toBe(200));
  });

  test("without the scope read, and to a HEAD request, which would never end", async () => {
    const book = await server.makeBook();
    const ingest = await openClient(server.app, book.key).post("/v1/keys", {
      body: { name: "pbx", scopes: ["ingest"], source: "default" },
    });
    expect(await server.read({ key: String(Object(ingest.body).key) })).toMatchObject({ status: 403 });
    for (const [path, status] of [
      ["/v1/feed/stream", 405],
      ["/v1/feed", 200],
    ] as const) {
      const headers = {
        authorization: `Bearer ${book.key}`,
        accept: "text/event-stream",
        connection: "close",
      };
      const head = await fetch(server.origin + path, { method: "HEAD", headers });
      expect([path, head.status]).toEqual([path, status]);
    }
  });
});
