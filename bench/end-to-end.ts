import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./parts/bench.ts";
import { type BenchBook, makeBook } from "./parts/book.ts";
import { placeCalls, take } from "./parts/calls.ts";
import { openClient } from "./parts/client.ts";
import { figure, percentile, ratio, table } from "./parts/report.ts";
import type { BenchService } from "./parts/service.ts";

const connections = 32;

/** Ways to send calls: the number of requests, and of events in each. */
const ways = [
  { name: "arrays of 100", requests: 200, perRequest: 100 },
  { name: "single events", requests: 4_000, perRequest: 1 },
] as const;

type Way = (typeof ways)[number];

/** One way to send events over HTTP: events a second until the last verdict, and until the last 202. */
export interface EndToEnd {
  readonly way: string;
  readonly rate: number;
  readonly acceptedRate: number;
  readonly latencies: readonly number[];
}

/** POST /v1/events on 32 connections, each with one request in flight, until the worker has decided the last event. */
export async function measureEndToEnd(bench: Bench, service: BenchService): Promise<readonly EndToEnd[]> {
  const results: EndToEnd[] = [];
  for (const way of ways) results.push(await measure(bench, service, way));
  return results;
}

/** With `than`, also compares each rate with the rate there. */
export function printEndToEnd(
  bench: Bench,
  title: string,
  results: readonly EndToEnd[],
  than: readonly EndToEnd[] | null,
): void {
  const rows = results.map(({ way, rate, acceptedRate, latencies }, i) => [
    way,
    figure(rate),
    ...(than === null ? [] : [ratio(rate, than[i]?.rate ?? rate)]),
    figure(acceptedRate),
    figure(percentile(latencies, 0.5)),
    figure(percentile(latencies, 0.99)),
  ]);
  const compared = than === null ? [] : ["against"];
  const head = ["sent as", "decided/s", ...compared, "accepted/s", "202 p50 ms", "202 p99 ms"];
  bench.print(`\n${title}\n${table(head, rows)}`);
}

async function measure(bench: Bench, service: BenchService, way: Way): Promise<EndToEnd> {
  const book = await makeBook(bench.db, bench.contacts);
  const calls = placeCalls(book);
  const bodies = Array.from({ length: way.requests }, () => take(calls, way.perRequest));
  const client = openClient(service.origin, book.key, connections);
  const queue = bodies.values();
  const latencies: number[] = [];
  const sendInTurn = async () => {
    for (const body of queue) {
      bench.signal.throwIfAborted();
      latencies.push(await client.send(202, "/v1/events", body.length === 1 ? body[0] : body));
    }
  };
  try {
    const started = performance.now();
    await Promise.all(Array.from({ length: connections }, sendInTurn));
    const acceptedMs = performance.now() - started;
    await waitForVerdicts(bench, book);
    const decidedMs = performance.now() - started;
    const events = way.requests * way.perRequest * 1000;
    return { way: way.name, rate: events / decidedMs, acceptedRate: events / acceptedMs, latencies };
  } finally {
    client.close();
  }
}

async function waitForVerdicts({ db, signal }: Bench, book: BenchBook): Promise<void> {
  while (
    (await db.event.findFirst({ where: { bookId: book.id, verdict: null }, select: { id: true } })) !== null
  ) {
    signal.throwIfAborted();
    await sleep(20);
  }
}
