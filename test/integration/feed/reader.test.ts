import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Batch, toBatch } from "../../../src/feed/batch.ts";
import { openReader, type Reader } from "../../../src/feed/reader.ts";
import { waitFor } from "../../support/wait.ts";

const server = createServer();
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => void server.close());

/** A reader on a real connection whose client does not read yet. */
async function open({
  bufferedBytes = Infinity,
} = {}): Promise<{ reader: Reader; socket: Socket; slow: () => boolean }> {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  const answered = Promise.withResolvers<ServerResponse>();
  server.once("request", (_request, response) => answered.resolve(response));
  const socket = connect(address.port, "127.0.0.1").on("error", () => {});
  onTestFinished(() => void socket.destroy());
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nhost: sipbook\r\n\r\n");
  let isSlow = false;
  const reader = openReader(
    await answered.promise,
    { bookId: "book", keyId: "key", after: 0 },
    { bufferedBytes, onSlow: () => (isSlow = true) },
  );
  return { reader, socket, slow: () => isSlow };
}

const page = 256 * 1024;

function pageAfter(after: number): Batch {
  const batch = toBatch(after, [{ sequence: after + 1, at: new Date(), data: "x".repeat(page) }]);
  if (batch === null) throw new Error("A batch without a gap was refused");
  return batch;
}

/** More than the buffers of any system hold, so that further data move only if the client reads. */
function flood(reader: Reader): void {
  for (let n = 0; n < 64; n += 1) reader.send(pageAfter(n));
}

test("a reader whose client reads nothing between two heartbeats is disconnected", async () => {
  const { reader } = await open();
  flood(reader);
  reader.beat();
  expect(reader.isOpen()).toBe(true);
  // Data that the system still buffers count as progress.
  await waitFor(() => {
    reader.beat();
    expect(reader.isOpen()).toBe(false);
  });
  await reader.closed;
});

test("a reader with too large a backlog gets no more data and is disconnected", async () => {
  const { reader, socket, slow } = await open({ bufferedBytes: page });
  flood(reader);
  expect(reader.send(pageAfter(64))).toBe(false);
  expect([reader.isOpen(), slow()]).toEqual([false, true]);
  expect(reader.position()).toBeLessThan(64);
  socket.resume();
  await reader.closed;
});

test("an idle reader gets each heartbeat, and a disconnected reader gets nothing", async () => {
  const { reader, socket } = await open();
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  socket.resume();
  await waitFor(() => {
    reader.beat();
    expect(text).toContain(": still here\n\n");
  });
  socket.destroy();
  await reader.closed;
  reader.beat();
  expect([reader.send(pageAfter(0)), reader.position()]).toEqual([false, 0]);
});
