import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { inject } from "vitest";
import type { Database } from "../../../src/store/client.ts";
import { openTestApp, type TestStreams } from "../../support/app.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { appendChanges } from "../../support/changes.ts";
import { silent } from "../../support/processes/postgres.ts";
import { insertContact } from "../../support/rows.ts";
import { openStream, type Stream, type StreamCall } from "../../support/stream.ts";

/** The API on a port, because a stream needs a connection. */
export interface StreamServer {
  /** The fallback_application_name of its connections. */
  readonly name: string;
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly origin: string;
  readonly makeBook: () => Promise<StreamBook>;
  /** A reader, which is disconnected when the server closes at the latest. */
  readonly read: (call: StreamCall) => Promise<Stream>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
}

/** A book with a contact. `add` commits that many changes of the contact at once. */
export interface StreamBook extends TestBook {
  add(count?: number, uriLength?: number): Promise<void>;
}

export async function openStreamServer(
  streams: TestStreams = {},
  log: Logger = silent,
): Promise<StreamServer> {
  const name = `streams ${randomUUID()}`;
  const marked = new URL(inject("databaseUrl"));
  marked.searchParams.set("fallback_application_name", name);
  const url = marked.href;
  const server = await openTestApp(url, log, url, { everySeconds: 0.2, ...streams });
  const { app, db } = server;
  const origin = await app.listen({ host: "127.0.0.1", port: 0 });
  const open: Stream[] = [];
  let closing: Promise<void> | null = null;
  return {
    name,
    app,
    db,
    origin,
    makeBook: async () => {
      const book = await makeBook(db);
      const contact = await insertContact(db, book);
      const add = (count = 1, uriLength = 30) => appendChanges(db, book, contact, { count, uriLength });
      return { ...book, add };
    },
    read: async (call) => {
      const stream = await openStream(origin, call);
      open.push(stream);
      return stream;
    },
    close: () => {
      closing ??= (async () => {
        for (const stream of open) stream.cut();
        await server.close();
      })();
      return closing;
    },
  };
}

/** The numbers from `from` to `to`. */
export const count = (to: number, from = 1): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
