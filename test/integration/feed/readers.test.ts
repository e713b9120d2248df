import { once } from "node:events";
import { connect } from "node:net";
import { Client } from "pg";
import { expect, onTestFinished, test, vi } from "vitest";
import type { TestBook } from "../../support/book.ts";
import { waitFor } from "../../support/wait.ts";
import { openStreamServer, type StreamServer } from "./stream-server.ts";

/** Many streams of one book, each on its own connection, with the last id received on it. */
async function openMany(
  server: StreamServer,
  book: TestBook,
  readers: number,
): Promise<() => readonly number[]> {
  const { hostname, port } = new URL(server.origin);
  const last = Array.from({ length: readers }, () => 0);
  const open = async (i: number) => {
    const socket = connect(Number(port), hostname).setEncoding("latin1");
    onTestFinished(() => void socket.destroy());
    socket.write(
      `GET /v1/feed/stream HTTP/1.1\r\nhost: sipbook\r\nauthorization: Bearer ${book.key}\r\n\r\n`,
    );
    socket.on("data", (text: string) => {
      for (const [, id] of text.matchAll(/\bid: (\d+)\n/g)) last[i] = Number(id);
    });
    await once(socket, "data");
  };
  // Not all at once, because each has to be authenticated first.
  for (let first = 0; first < readers; first += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, i) => open(first + i)));
  }
  return () => last;
}

const textOf = (query: unknown) => (typeof query === "string" ? query : String(Object(query).text));
const isRead = (text: string) => /from "public"\."history"/i.test(text);
const isLook = (text: string) => /from books where id = any/.test(text);

/** Collects the statements of a server from now on. */
function watchStatements({ name }: StreamServer): () => readonly string[] {
  const sent = vi.spyOn(Client.prototype, "query");
  onTestFinished(() => sent.mockRestore());
  const isItsOwn = (client: unknown) =>
    Object(client).connectionParameters.fallback_application_name === name;
  return () =>
    sent.mock.calls
      .filter((_call, i) => isItsOwn(sent.mock.contexts[i]))
      .map(([query]) => textOf(query))
      .filter((text) => /^\s*select/i.test(text));
}

test("any number of idle readers costs one query per batch of changes", async () => {
  const server = await openStreamServer({ everySeconds: 3600 });
  onTestFinished(() => server.close());
  const [book, other] = [await server.makeBook(), await server.makeBook()];
  await book.add();
  const [last, quiet] = [await openMany(server, book, 200), await server.read({ key: other.key })];
  await waitFor(() => expect(new Set(last())).toEqual(new Set([1])));
  const statements = watchStatements(server);
  await book.add(100);
  await waitFor(() => expect(new Set(last())).toEqual(new Set([101])));
  await book.add(100);
  await waitFor(() => expect(new Set(last())).toEqual(new Set([201])));
  // Other tests cut the LISTEN connections. Then polling may read the changes once more.
  const reads = statements().filter(isRead).length;
  expect(reads).toBeGreaterThanOrEqual(2);
  expect(reads).toBeLessThanOrEqual(5);
  expect(quiet.ids).toEqual([]);
});

test("any number of idle readers of any books costs one query per poll for missed changes", async () => {
  const server = await openStreamServer({ everySeconds: 0.2 });
  onTestFinished(() => server.close());
  for (const book of [await server.makeBook(), await server.makeBook()]) await openMany(server, book, 20);
  const statements = watchStatements(server);
  const looks = () => statements().filter(isLook).length;
  await waitFor(() => expect(looks()).toBeGreaterThan(2));
  // The first reads of the last readers may still have been in flight before the first poll.
  const before = statements().findIndex(isLook);
  expect(
    statements()
      .slice(before)
      .filter((text) => !isLook(text)),
  ).toEqual([]);
});
