import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./parts/bench.ts";
import { makeBook } from "./parts/book.ts";
import { openClient } from "./parts/client.ts";
import { figure, ratio, table } from "./parts/report.ts";
import type { BenchService } from "./parts/service.ts";

/** Changes in the feed, one for each contact. */
const changes = 2_000;

/** The number of receivers that answer at once, and of those that never answer. */
const situations = [
  { name: "1 subscription", healthy: 1, dead: 0 },
  { name: "1, beside 10 that hang", healthy: 1, dead: 10 },
  { name: "10 subscriptions", healthy: 10, dead: 0 },
] as const;

/** Deliveries a second, from the subscriptions to an existing feed until its last message has arrived. */
export async function measureWebhooks(bench: Bench, service: BenchService): Promise<void> {
  const rates: number[] = [];
  for (const situation of situations) rates.push(await measure(bench, service, situation));
  const rows = situations.map(({ name }, i) => {
    const rate = rates[i] ?? 0;
    return [name, figure(rate), ratio(rate, rates[0] ?? rate)];
  });
  const title = `Webhooks: ${changes.toLocaleString("en")} changes each, to receivers that answer at once`;
  bench.print(`\n${title}\n${table(["subscriptions", "delivered/s", "against"], rows)}`);
}

async function measure(
  bench: Bench,
  service: BenchService,
  { healthy, dead }: (typeof situations)[number],
): Promise<number> {
  const book = await makeBook(bench.db, changes);
  const client = openClient(service.origin, book.key, 4);
  const hanging = await openReceiver(() => {});
  const quick = await openReceiver((response) => response.writeHead(204).end());
  const subscribe = (url: string) => client.send(201, "/v1/subscriptions", { name: "bench", url, after: 0 });
  try {
    for (let i = 0; i < dead; i += 1) await subscribe(hanging.url);
    while (hanging.count() < dead) await wait(bench);
    const started = performance.now();
    for (let i = 0; i < healthy; i += 1) await subscribe(quick.url);
    while (quick.count() < healthy * changes) await wait(bench);
    return (healthy * changes * 1000) / (performance.now() - started);
  } finally {
    await bench.db.subscription.deleteMany({ where: { bookId: book.id } });
    client.close();
    hanging.close();
    quick.close();
  }
}

async function wait({ signal }: Bench): Promise<void> {
  signal.throwIfAborted();
  await sleep(10);
}

interface BenchReceiver {
  readonly url: string;
  /** Messages received so far, each counted once. */
  readonly count: () => number;
  close(): void;
}

async function openReceiver(answer: (response: ServerResponse) => void): Promise<BenchReceiver> {
  const ids = new Set<string>();
  const server = createServer((request, response) => {
    ids.add(String(request.headers["webhook-id"]));
    request.resume().on("end", () => answer(response));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    count: () => ids.size,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
