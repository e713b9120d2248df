import type { Bench } from "./parts/bench.ts";
import { makeBook } from "./parts/book.ts";
import { homeOf } from "./parts/calls.ts";
import { openClient } from "./parts/client.ts";
import { figure, percentile, table } from "./parts/report.ts";
import type { BenchService } from "./parts/service.ts";

const warmUp = 200;
const lookUps = 2_000;

/** GET /v1/contacts?uri= on one connection, one at a time, in the spelling of the book and in another one. */
export async function measureLookUp(bench: Bench, service: BenchService): Promise<void> {
  const book = await makeBook(bench.db, bench.contacts);
  const client = openClient(service.origin, book.key, 1);
  const measure = async (spell: (uri: string) => string): Promise<readonly number[]> => {
    const latencies: number[] = [];
    for (let n = 0; n < warmUp + lookUps; n += 1) {
      bench.signal.throwIfAborted();
      const uri = spell(homeOf((n * 7919) % book.contacts));
      latencies.push(await client.send(200, `/v1/contacts?uri=${encodeURIComponent(uri)}`));
    }
    return latencies.slice(warmUp);
  };
  try {
    const spellings = {
      "as in the book": (uri: string) => uri,
      "as a PBX sends it": (uri: string) =>
        `${uri.replace("sip:", "SIP:").replace("host", "HOST")}:5060;transport=udp`,
    };
    const rows: string[][] = [];
    for (const [name, spell] of Object.entries(spellings)) {
      const latencies = await measure(spell);
      rows.push([name, figure(percentile(latencies, 0.5)), figure(percentile(latencies, 0.99))]);
    }
    bench.print(`\nGET /v1/contacts?uri=, one at a time\n${table(["spelt", "p50 ms", "p99 ms"], rows)}`);
  } finally {
    client.close();
  }
}
