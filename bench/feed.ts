import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { v7 as uuidv7 } from "uuid";
import { lockBook } from "../src/store/book.ts";
import { feedChannel } from "../src/store/feed/signal.ts";
import { appendHistory } from "../src/store/fold/history-append.ts";
import type { Bench } from "./parts/bench.ts";
import { type BenchBook, makeBook } from "./parts/book.ts";
import { figure, percentile, ratio, table } from "./parts/report.ts";
import type { BenchService } from "./parts/service.ts";

const readers = 1_000;
const commits = 100;

/** GET /v1/feed/stream on 1,000 connections, with one change at a time. */
export async function measureFeed(bench: Bench, service: BenchService): Promise<void> {
  const book = await makeBook(bench.db, 1);
  const { id: contactId } = await bench.db.contact.findFirstOrThrow({ where: { bookId: book.id } });
  const before = await residentKiB(service);
  const { ids, close } = await openStreams(service, book);
  try {
    await sleep(1_000);
    const perReader = ((await residentKiB(service)) - before) / readers;
    const latencies: number[] = [];
    for (let n = 0; n < commits; n += 1) {
      bench.signal.throwIfAborted();
      await append(bench, book, contactId, false);
      const committed = performance.now();
      const last = ids.last + 1;
      ids.last = last;
      while (ids.reached.get(last) !== readers) await sleep(1);
      latencies.push(performance.now() - committed);
    }
    const rows = [
      [
        `${readers}`,
        figure(perReader),
        figure(percentile(latencies, 0.5)),
        figure(percentile(latencies, 0.99)),
      ],
    ];
    bench.print("\nGET /v1/feed/stream, from the commit of a change until the last reader has it\n");
    bench.print(table(["readers", "KiB a reader", "p50 ms", "p99 ms"], rows));
  } finally {
    close();
  }
  await measureNotify(bench, book, contactId);
}

/** Compares commits with and without a second NOTIFY, to see what the one in every commit costs. */
async function measureNotify(bench: Bench, book: BenchBook, contactId: string): Promise<void> {
  const spent = { plain: 0, more: 0 };
  for (let n = 0; n < 600; n += 1) {
    bench.signal.throwIfAborted();
    const started = performance.now();
    await append(bench, book, contactId, n % 2 === 1);
    if (n >= 100) spent[n % 2 === 1 ? "more" : "plain"] += performance.now() - started;
  }
  const rows = [
    ["as it is", figure(spent.plain / 250), ratio(1, 1)],
    ["with one more NOTIFY", figure(spent.more / 250), `${(spent.more / spent.plain).toFixed(2)}x`],
  ];
  bench.print(`\nOne change in a transaction of its own\n${table(["commit", "ms", "against"], rows)}`);
}

async function append({ db }: Bench, book: BenchBook, contactId: string, more: boolean): Promise<void> {
  const after = {
    uri: "sip:person0@bench.example",
    key: "sip:person0@bench.example",
    state: "active" as const,
  };
  const change = { id: uuidv7(), contactId, addressId: null, kind: "asserted" as const, before: null, after };
  await db.$transaction(async (tx) => {
    const locked = await lockBook(tx, book.id);
    const cause = { kind: "person" as const };
    await appendHistory(tx, locked, [{ ...change, cause }], { actor: "bench" });
    if (more) await tx.$executeRaw`select pg_notify(${feedChannel}, ${uuidv7()})`;
  });
}

interface Streams {
  /** The last sequence, and how many readers have received each sequence. */
  readonly ids: { last: number; readonly reached: Map<number, number> };
  readonly close: () => void;
}

async function openStreams({ origin }: BenchService, book: BenchBook): Promise<Streams> {
  const { hostname, port } = new URL(origin);
  const ids = { last: 1, reached: new Map<number, number>() };
  const sockets: Socket[] = [];
  const open = async () => {
    const socket = connect(Number(port), hostname).setEncoding("latin1");
    sockets.push(socket);
    socket.write(`GET /v1/feed/stream HTTP/1.1\r\nhost: b\r\nauthorization: Bearer ${book.key}\r\n\r\n`);
    socket.on("data", (text: string) => {
      for (const [, id] of text.matchAll(/\bid: (\d+)\n/g)) {
        ids.reached.set(Number(id), (ids.reached.get(Number(id)) ?? 0) + 1);
      }
    });
    await once(socket, "data");
  };
  for (let n = 0; n < readers; n += 20) await Promise.all(Array.from({ length: 20 }, open));
  return { ids, close: () => sockets.forEach((socket) => void socket.destroy()) };
}

async function residentKiB({ pid }: BenchService): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}
