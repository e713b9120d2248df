import { connect } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { makeKey } from "../../support/book.ts";
import { openLog } from "../../support/log.ts";
import { openClient } from "../../support/pages/contract.ts";
import { waitFor } from "../../support/wait.ts";
import { count, openStreamServer, type StreamServer } from "./stream-server.ts";

let server: StreamServer;
beforeAll(async () => {
  server = await openStreamServer();
});
afterAll(() => server.close());

test("a stream ends when its key is revoked, and the streams of other keys continue", async () => {
  const book = await server.makeBook();
  const { id, secret } = await makeKey(server.db, book.id, "read");
  const [revoked, other] = [await server.read({ key: secret }), await server.read({ key: book.key })];
  await openClient(server.app, book.key).delete(`/v1/keys/${id}`);
  expect(await revoked.ended).toBe("ended");
  await book.add();
  await waitFor(() => expect(other.ids).toEqual([1]));
});

test("a stream ends when its key expires", async () => {
  const book = await server.makeBook();
  const { id, secret } = await makeKey(server.db, book.id, "read");
  const stream = await server.read({ key: secret });
  await server.db.key.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1000) } });
  expect(await stream.ended).toBe("ended");
});

test("a stream ends when its book is restored to an older state, or the next change is trimmed", async () => {
  const { db } = server;
  const [restored, trimmed] = [await server.makeBook(), await server.makeBook()];
  await restored.add(5);
  const back = await server.read({ path: "/v1/feed/stream?after=5", key: restored.key });
  const behind = await server.read({ key: trimmed.key });
  await db.$executeRaw`update books set last_sequence = 3 where id = ${restored.id}::uuid`;
  await db.$executeRaw`update books set last_sequence = 3, trimmed_to = 3 where id = ${trimmed.id}::uuid`;
  expect(await Promise.all([back.ended, behind.ended])).toEqual(["ended", "ended"]);
});

test("streams end when the API closes", async () => {
  const own = await openStreamServer();
  const { key } = await own.makeBook();
  const streams = [await own.read({ key }), await own.read({ key })];
  const [ends] = await Promise.all([Promise.all(streams.map(({ ended }) => ended)), own.app.close()]);
  expect(ends).toEqual(["ended", "ended"]);
  await own.close();
});

test("a slow reader is disconnected after a whole event and can resume there, and other readers miss nothing", async () => {
  const { log, lines } = openLog();
  const limits = { bufferedBytes: 100_000, batchChanges: 50, patienceMs: 1 };
  const own = await openStreamServer({ limits }, log);
  onTestFinished(() => own.close());
  const book = await own.makeBook();
  const [slow, fast] = [openIdle(own.origin, book.key), await own.read({ key: book.key })];
  const isLeft = () => lines.some(({ msg }) => /its reader is too slow/.test(String(msg)));
  let added = 0;
  // Until the buffers of both sockets are full. The system chooses their size.
  while (!isLeft() && added < 50_000) {
    await book.add(1000, 4000);
    added += 1000;
    await waitFor(() => expect(fast.ids.at(-1)).toBe(added));
  }
  const ids = await slow.readToEnd();
  expect(isLeft()).toBe(true);
  expect(ids).toEqual(count(ids.length));
  expect(ids.length).toBeLessThan(added);
  expect(fast.ids).toEqual(count(added));
  const headers = { "last-event-id": `${ids.length}` };
  const again = await own.read({ key: book.key, headers });
  await waitFor(() => expect(again.ids).toEqual(count(added, ids.length + 1)));
});

interface IdleReader {
  /** Reads to the end of the stream. Returns the ids of the whole events. */
  readToEnd(): Promise<readonly number[]>;
}

/** A stream that the client does not read. */
function openIdle(origin: string, key: string): IdleReader {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.pause();
  socket.write(`GET /v1/feed/stream HTTP/1.1\r\nhost: sipbook\r\nauthorization: Bearer ${key}\r\n\r\n`);
  return {
    readToEnd: async () => {
      let text = "";
      socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
      socket.resume();
      await waitFor(() => expect(text).toMatch(/\r\n0\r\n\r\n$/));
      return [...text.matchAll(/\bid: (\d+)\nevent: change\ndata: .+\n\n/g)].map(([, id]) => Number(id));
    },
  };
}
