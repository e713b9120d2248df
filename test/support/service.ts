import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Static } from "typebox";
import { buildApp } from "../../src/process/app.ts";
import { openQueues, type Queues } from "../../src/queue/queues.ts";
import type { Database } from "../../src/store/client.ts";
import { openFeedSignal } from "../../src/store/feed/signal.ts";
import { buildMetrics } from "../../src/telemetry/metrics.ts";
import { type Change } from "../../src/wire/book/changes.ts";
import { type Contact } from "../../src/wire/book/contacts.ts";
import type { Event, Receipts } from "../../src/wire/calls/events.ts";
import { listOf, type ShapeName, shapes } from "../../src/wire/shapes.ts";
import { startWorker } from "../../src/work/worker.ts";
import { at, type EventBody } from "../integration/fold/calls.ts";
import { makeBook } from "./book.ts";
import { type Answer, bodyAs, type Client, openClient } from "./pages/contract.ts";
import { testOutbound } from "./pbx/outbound.ts";
import { openTestDatabase, silent } from "./processes/postgres.ts";

/** The whole service in this process, API and worker, with its own queue. */
export interface Service {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly queues: Queues;
  /** Where it listens, from the first call on. */
  origin(): Promise<string>;
  /** Creates a book over REST. */
  makeBook(emptyContact?: "archive" | "keep"): Promise<Book>;
  /** The books created since the last call. */
  takeBooks(): readonly Book[];
  close(): Promise<void>;
}

export type ContactBody = Static<typeof Contact>;
export type ChangeBody = Static<typeof Change>;
export type EventAnswer = Static<typeof Event>;

/** A book, its client with the scope admin, and calls that many tests need. */
export interface Book extends Client {
  readonly name: string;
  readonly key: string;
  /** Adds a contact with addresses asserted at minute 0. */
  addContact(...uris: readonly string[]): Promise<ContactBody>;
  /** Sends events in one array and waits. Returns each verdict as `code/rule`. */
  report(...events: readonly EventBody[]): Promise<readonly string[]>;
  /** Sends one event and waits. Returns the stored event. */
  reportOne(event: EventBody): Promise<EventAnswer>;
  /** The addresses of a contact, including gone ones, as `uri state`, sorted. */
  shown(contactId: string): Promise<readonly string[]>;
  /** Every change of the book, in order. */
  changes(): Promise<readonly ChangeBody[]>;
  /** Makes a key of the book with one scope. */
  makeKey(scope: "ingest" | "read" | "write", source?: string): Promise<string>;
}

export async function openService(databaseUrl: string, log: Logger = silent): Promise<Service> {
  const db = openTestDatabase(databaseUrl, 5);
  const connection = { databaseUrl };
  const prefix = `test-${randomUUID()}`;
  const queues = await openQueues({ ...connection, prefix, log });
  const signal = openFeedSignal(databaseUrl, { log });
  const deps = { db, queues, signal, metrics: buildMetrics(), outbound: testOutbound, log };
  const worker = await startWorker({ ...deps, connection, prefix, sweepEverySeconds: 5 });
  const app = await buildApp({ ...deps, config: { trustProxy: false, publicUrl: null } });
  const root = openClient(app, (await makeBook(db)).key);
  const books: Book[] = [];
  let origin: Promise<string> | undefined;
  return {
    app,
    db,
    queues,
    origin: () => (origin ??= app.listen({ host: "127.0.0.1", port: 0 })),
    makeBook: async (emptyContact) => {
      const name = `b-${randomUUID()}`;
      expectStatus(201, await root.post("/v1/books", { body: { name, emptyContact } }));
      const body = { name: "test", scopes: ["admin"] };
      const { key = "" } = bodyAs(shapes.Key, await root.post(`/v1/keys?book=${name}`, { body }));
      const book = openBook(app, name, key);
      books.push(book);
      return book;
    },
    takeBooks: () => books.splice(0),
    close: async () => {
      await app.close();
      await worker.close();
      await queues.close();
      await signal.close();
      await db.close();
    },
  };
}

/** A header that waits at most 10 s for the verdicts. */
export const wait = { prefer: "wait=10" };

export function receiptsOf(answer: Answer): Static<typeof Receipts> {
  return bodyAs(shapes.Receipts, answer);
}

/** The answer. Throws if it has another status. */
export function expectStatus(status: number, answer: Answer): Answer {
  if (answer.status !== status)
    throw new Error(`Status ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
  return answer;
}

function openBook(app: FastifyInstance, name: string, key: string): Book {
  const client = openClient(app, key);
  const post = (body: unknown) => client.post("/v1/events", { body, headers: wait });
  const send = async (body: unknown) => {
    let answer = await post(body);
    // On a busy machine one wait may be too short. The duplicates wait again.
    while (answer.status === 202) answer = await post(body);
    return receiptsOf(expectStatus(200, answer));
  };
  return {
    ...client,
    name,
    key,
    addContact: async (...uris) => {
      const addresses = uris.map((uri) => ({ uri, assertedAt: at(0) }));
      const answer = await client.post("/v1/contacts", { body: { name: "Alice", addresses } });
      return bodyAs(shapes.Contact, expectStatus(201, answer));
    },
    report: async (...events) =>
      (await send(events)).events.map(({ state, verdict }) =>
        verdict === undefined ? state : `${verdict.code}/${verdict.rule}`,
      ),
    reportOne: async (event) => {
      const { events } = await send(event);
      return bodyAs(shapes.Event, await client.get(`/v1/events/${events[0]?.id}`));
    },
    shown: async (contactId) => {
      const contact = bodyAs(shapes.Contact, await client.get(`/v1/contacts/${contactId}?include=gone`));
      return contact.addresses.map(({ uri, state }) => `${uri} ${state}`).toSorted();
    },
    changes: () => readAll(client),
    makeKey: async (scope, source) => {
      const body = { name: "test", scopes: [scope], ...(source === undefined ? {} : { source }) };
      const { key: secret = "" } = bodyAs(shapes.Key, await client.post("/v1/keys", { body }));
      return secret;
    },
  };
}

async function readAll(client: Client): Promise<readonly ChangeBody[]> {
  const changes: ChangeBody[] = [];
  for (;;) {
    const page = bodyAs(shapes.FeedPage, await client.get(`/v1/feed?after=${changes.length}&limit=500`));
    if (page.items.length === 0) return changes;
    changes.push(...page.items);
  }
}

/** The number of times that each status occurs. */
export function countOf(statuses: readonly number[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The shape of a page of a list, by the name of its items' shape. */
export const pageOf = <N extends ShapeName>(name: N) => listOf(name);
