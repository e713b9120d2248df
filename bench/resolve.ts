import type { Bench } from "./parts/bench.ts";
import { type BigBook, makeBigBook, shareOf, strangerOf } from "./parts/big-book.ts";
import { homeOf } from "./parts/calls.ts";
import { type BenchClient, openClient } from "./parts/client.ts";
import { figure, percentile, table } from "./parts/report.ts";
import type { BenchService } from "./parts/service.ts";

const warmUp = 20;
const requests = 300;

/** Of 100 addresses: in the book, only seen in calls, and unknown. */
const mix = { people: 80, strangers: 12, unknown: 8 } as const;

/** GET and POST /v1/resolve on one connection, one at a time, on a book of `bench.resolveContacts`. */
export async function measureResolve(bench: Bench, service: BenchService): Promise<void> {
  const book = await makeBigBook(bench, bench.resolveContacts);
  const client = openClient(service.origin, book.key, 1);
  try {
    const rows: string[][] = [];
    for (const count of [1, 50, 500]) {
      const latencies = await measure(bench, client, book, count);
      rows.push([String(count), figure(percentile(latencies, 0.5)), figure(percentile(latencies, 0.99))]);
    }
    const size = bench.resolveContacts.toLocaleString("en");
    const share = `${mix.people} of 100 in the book (of them ${shareOf.moved} % moved, ${shareOf.gone} % gone), ${mix.strangers} only seen in calls, ${mix.unknown} unknown`;
    bench.print(`\nGET (1) and POST /v1/resolve on ${size} contacts, one request at a time; ${share}\n`);
    bench.print(table(["addresses", "p50 ms", "p99 ms"], rows));
  } finally {
    client.close();
  }
}

async function measure(
  bench: Bench,
  client: BenchClient,
  book: BigBook,
  count: number,
): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let n = 0; n < warmUp + requests; n += 1) {
    bench.signal.throwIfAborted();
    const uris = Array.from({ length: count }, (_, i) => pick(book, n * count + i));
    latencies.push(
      count === 1
        ? await client.send(200, `/v1/resolve?uri=${encodeURIComponent(uris[0] ?? "")}`)
        : await client.send(200, "/v1/resolve", { uris }),
    );
  }
  return latencies.slice(warmUp);
}

/** The nth address, spread over the whole book. */
function pick({ contacts }: BigBook, n: number): string {
  const lot = n % 100;
  const person = (n * 7919) % contacts;
  if (lot < mix.people) return homeOf(person);
  return lot < mix.people + mix.strangers ? strangerOf(person - (person % 10)) : homeOf(person, 9);
}
