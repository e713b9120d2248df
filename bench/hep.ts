import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { pino } from "pino";
import { openCollector } from "../src/hep/collector.ts";
import { startHep } from "../src/hep/service.ts";
import { openQueues } from "../src/queue/queues.ts";
import { buildInbox } from "../src/receive/intake/inbox.ts";
import { buildMetrics } from "../src/telemetry/metrics.ts";
import { rangesOf } from "../test/support/pbx/ranges.ts";
import type { Bench } from "./parts/bench.ts";
import { makeBook } from "./parts/book.ts";
import { hepCall } from "./parts/hep-call.ts";
import { figure, table } from "./parts/report.ts";

const rates = [5_000, 20_000, 50_000];
const seconds = 5;

/** Mirrored SIP: how much one core reads, and what happens in a flood of which half is invalid. */
export async function measureHep(bench: Bench): Promise<void> {
  measureReading(bench);
  await measureFloods(bench);
}

function measureReading({ print }: Bench): void {
  const calls = Array.from({ length: 20_000 }, (_, n) => hepCall(`call-${n}`));
  const collector = openCollector({ key: null, onLoss: () => {} });
  const started = performance.now();
  for (const datagram of calls.flat()) collector.take(datagram, 0);
  const outcomes = collector.due(1_000_000).length;
  const took = (performance.now() - started) / 1000;
  print(
    `\nHEP, read and joined in one process, without network and database: ${figure((calls.length * 2) / took)}`,
  );
  print(` datagrams/s, ${outcomes} outcomes\n`);
}

async function measureFloods(bench: Bench): Promise<void> {
  const log = pino({ level: "error" });
  const { id } = await makeBook(bench.db, 0);
  const { name: book } = await bench.db.book.findUniqueOrThrow({ where: { id } });
  const queues = await openQueues({ databaseUrl: bench.databaseUrl, log });
  const rows: string[][] = [];
  try {
    for (const rate of rates) {
      bench.signal.throwIfAborted();
      rows.push(await measureFlood(bench, book, rate, queues.events));
    }
  } finally {
    await queues.close();
  }
  bench.print(
    `\nHEP by UDP for ${seconds} s, half of it invalid, the rest two datagrams a call; outcomes go into the database\n`,
  );
  const head = ["wanted/s", "sent/s", "read", "lost in the kernel", "unaccounted", "events", "peak MB"];
  bench.print(table(head, rows));
}

const sum = async (counter: { get(): Promise<{ values: readonly { value: number }[] }> }) =>
  (await counter.get()).values.reduce((total, { value }) => total + value, 0);

type EventQueue = Awaited<ReturnType<typeof openQueues>>["events"];

async function measureFlood({ db }: Bench, book: string, rate: number, queue: EventQueue): Promise<string[]> {
  const log = pino({ level: "error" });
  const metrics = buildMetrics();
  const inbox = buildInbox({ db, queue, log });
  const config = {
    host: "127.0.0.1",
    port: 0,
    peers: rangesOf("127.0.0.0/8"),
    key: null,
    book,
    source: "hep",
  };
  const hep = await startHep({ db, inbox, metrics, log, config });
  const sender = [join(import.meta.dirname, "parts/hep-sender.ts"), hep.port, rate, seconds].map(String);
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 100);
  const { stdout } = await promisify(execFile)(process.execPath, sender);
  const sent = Number(stdout);
  await sleep(1_000);
  await hep.close();
  clearInterval(watching);
  const dropped = (await metrics.hepDropped.get()).values;
  const inKernel = dropped.find(({ labels }) => labels.reason === "kernel")?.value ?? 0;
  const read = await sum(metrics.hepPackets);
  const events = await sum(metrics.received);
  return [
    figure(rate),
    figure(sent / seconds),
    `${read}`,
    `${inKernel}`,
    `${sent - read - inKernel}`,
    `${events}`,
    figure(peak / 1024 / 1024),
  ];
}
