import { randomUUID } from "node:crypto";
import type { Static } from "typebox";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { buildApp } from "../../../src/process/app.ts";
import type { QueueConnection } from "../../../src/queue/queue.ts";
import { openQueues, type Queues } from "../../../src/queue/queues.ts";
import type { Database } from "../../../src/store/client.ts";
import { openFeedSignal } from "../../../src/store/feed/signal.ts";
import { buildMetrics, type Metrics } from "../../../src/telemetry/metrics.ts";
import type { Outbound } from "../../../src/webhooks/outbound.ts";
import { listOf, shapes } from "../../../src/wire/shapes.ts";
import { startWebhooks } from "../../../src/work/webhooks.ts";
import type { Work } from "../../../src/work/work.ts";
import { makeBook, makeKey } from "../../support/book.ts";
import { bodyAs, type Client, openClient } from "../../support/pages/contract.ts";
import { makeOutbound } from "../../support/pbx/outbound.ts";
import { createDatabase, openTestDatabase, silent } from "../../support/processes/postgres.ts";
import { openReceiver, type Reaction, type Receiver } from "../../support/processes/receiver.ts";
import { makeRedis, redisAt, type TestRedis } from "../../support/processes/redis.ts";
import { expectStatus } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

export type Subscription = Static<typeof shapes.Subscription>;
export type Delivery = Static<typeof shapes.Delivery>;

/** The API and workers that only deliver, on their own database, because workers sweep every book. */
export interface WebhookService {
  readonly db: Database;
  readonly queues: Queues;
  readonly metrics: Metrics;
  readonly connection: QueueConnection;
  /** A client with the scope admin on its own book. */
  makeBook(): Promise<WebhookBook>;
  /** The same book, through an API with other options for sending. */
  openBookWith(outbound: Outbound, book: WebhookBook): Promise<WebhookBook>;
  startWorker(outbound?: Outbound): Promise<Work>;
  stopWorkers(): Promise<void>;
  close(): Promise<void>;
}

export interface WebhookBook extends Client {
  readonly id: string;
  readonly name: string;
  /** Creates contacts, each of which is a change. Returns their ids. */
  addContacts(count: number): Promise<readonly string[]>;
  /** Changes a contact again. */
  changeContact(id: string): Promise<void>;
  subscribe(url: string, more?: object): Promise<Subscription & { readonly secret: string }>;
  subscription(id: string): Promise<Subscription>;
  deliveries(id: string, query?: string): Promise<readonly Delivery[]>;
}

/** What the tests of a file or a `describe` use. It is closed after them. */
export interface UsedWebhooks {
  readonly service: WebhookService;
  readonly redis: TestRedis | null;
  receive(react?: Reaction): Promise<Receiver>;
  /** A new book with a subscription of a new receiver. */
  subscribe(react?: Reaction): Promise<{
    readonly book: WebhookBook;
    readonly receiver: Receiver;
    readonly id: string;
    readonly secret: string;
  }>;
}

/** Opens a service with one worker for all tests, or with the workers that each test starts. */
export function useWebhooks(
  workers: "one" | "own",
  backend: "PostgreSQL" | "Redis" = "PostgreSQL",
): UsedWebhooks {
  const receivers: Receiver[] = [];
  let redis: TestRedis | null = null;
  let service: WebhookService | null = null;
  beforeAll(async () => {
    if (backend === "Redis") redis = await makeRedis();
    await redis?.start();
    service = await openWebhookService({
      outbound: quick,
      ...(redis === null ? {} : { redisUrl: redis.url }),
    });
    if (workers === "one") await service.startWorker();
  });
  if (workers === "own") afterEach(() => service?.stopWorkers());
  afterAll(async () => {
    await service?.close();
    await redis?.close();
    for (const receiver of receivers) await receiver.close();
  });
  const used: UsedWebhooks = {
    get service() {
      if (service === null) throw new Error("The service opens before the tests");
      return service;
    },
    get redis() {
      return redis;
    },
    receive: async (react) => {
      const receiver = await openReceiver(react);
      receivers.push(receiver);
      return receiver;
    },
    subscribe: async (react) => {
      const book = await used.service.makeBook();
      const receiver = await used.receive(react);
      const { id, secret } = await book.subscribe(receiver.url);
      return { book, receiver, id, secret };
    },
  };
  return used;
}

/** The numbers from 1 to n. */
export const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** Waits until a subscription has nothing left to deliver. */
export const settled = (book: WebhookBook, id: string) =>
  waitFor(async () => expect(await book.subscription(id)).toMatchObject({ behind: 0, pending: 0 }));

export async function openWebhookService(options: {
  readonly outbound: Outbound;
  readonly redisUrl?: string;
}): Promise<WebhookService> {
  const { outbound, redisUrl } = options;
  const database = await createDatabase(inject("serverUrl"), inject("migrated"));
  const databaseUrl = database.url;
  const db = openTestDatabase(databaseUrl, 8);
  const connection = redisUrl === undefined ? { databaseUrl } : redisAt(redisUrl);
  const prefix = `test-${randomUUID()}`;
  const queues = await openQueues({ ...connection, prefix, log: silent });
  const signal = openFeedSignal(databaseUrl, { log: silent, everySeconds: 1 });
  const deps = { db, queues, signal, metrics: buildMetrics(), log: silent };
  const app = await buildApp({ ...deps, outbound, config: { trustProxy: false, publicUrl: null } });
  const apps = [app];
  const workers: Work[] = [];
  const stopWorkers = async () => void (await Promise.all(workers.splice(0).map((worker) => worker.close())));
  return {
    db,
    queues,
    metrics: deps.metrics,
    connection,
    makeBook: async () => {
      const { id, name, key } = await makeBook(db);
      return openBook(openClient(app, key), { id, name });
    },
    openBookWith: async (own, { id, name }) => {
      const other = await buildApp({
        ...deps,
        outbound: own,
        config: { trustProxy: false, publicUrl: null },
      });
      apps.push(other);
      const { secret } = await makeKey(db, id, "admin");
      return openBook(openClient(other, secret), { id, name });
    },
    startWorker: async (own = outbound) => {
      const worker = await startWebhooks({
        ...deps,
        outbound: own,
        connection,
        prefix,
        sweepEverySeconds: 1,
      });
      workers.push(worker);
      return worker;
    },
    stopWorkers,
    close: async () => {
      await Promise.all(apps.map((each) => each.close()));
      await stopWorkers();
      await queues.close();
      await signal.close();
      await db.close();
      await database.drop();
    },
  };
}

/** The production schedule in milliseconds instead of hours. */
export const quick = makeOutbound({
  policy: {
    waitsMs: [0, 20, 30, 40],
    disableAfterMs: 3_600_000,
    failuresUntilRest: 50,
    firstRestMs: 50,
    maxRestMs: 200,
  },
});

function openBook(client: Client, { id, name }: { id: string; name: string }): WebhookBook {
  const read = async (subscriptionId: string) =>
    bodyAs(shapes.Subscription, await client.get(`/v1/subscriptions/${subscriptionId}`));
  let renamed = 0;
  return {
    ...client,
    id,
    name,
    addContacts: async (count) => {
      const ids: string[] = [];
      for (let i = 0; i < count; i += 1) {
        const body = { name: "Alice", addresses: [{ uri: `sip:${randomUUID()}@old.example` }] };
        const answer = expectStatus(201, await client.post("/v1/contacts", { body }));
        ids.push(bodyAs(shapes.Contact, answer).id);
      }
      return ids;
    },
    changeContact: async (contactId) => {
      renamed += 1;
      const body = { addresses: [{ uri: `sip:moved-${renamed}@new.example` }] };
      expectStatus(200, await client.patch(`/v1/contacts/${contactId}`, { body }));
    },
    subscribe: async (url, more = {}) => {
      const answer = await client.post("/v1/subscriptions", { body: { name: "CRM", url, ...more } });
      const made = bodyAs(shapes.Subscription, expectStatus(201, answer));
      return { ...made, secret: made.secret ?? "" };
    },
    subscription: read,
    deliveries: async (subscriptionId, query = "") =>
      bodyAs(listOf("Delivery"), await client.get(`/v1/subscriptions/${subscriptionId}/deliveries${query}`))
        .items,
  };
}
