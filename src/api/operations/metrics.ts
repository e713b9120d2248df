import type { FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import { Type } from "typebox";
import { within } from "../../faults/within.ts";
import { keyed } from "../../http/answers.ts";
import { type Caller, callerOf, isOperator, requireScope } from "../../http/auth.ts";
import type { Routes } from "../../http/keyed-route.ts";
import { Problem } from "../../http/problem.ts";
import type { Database } from "../../store/client.ts";
import { hashSecret } from "../../store/keys.ts";
import { buildLiveGauges, type MetricsDeps } from "./live-gauges.ts";

/** GET /metrics, for the API and for workers: the counters of this process, and the backlog. */
export const metricsRoutes: Routes<MetricsDeps> = async (app, { db, queues, metrics }) => {
  const readLive = buildLiveGauges({ db, queues, metrics });
  const scrapers = buildScrapers(db);
  app.get(
    "/metrics",
    {
      onRequest: scrapers.admit,
      schema: {
        operationId: "getMetrics",
        summary: "Metrics of this process, for Prometheus",
        description:
          "A key of the book `default` or an admin key gets every series. A key of another book gets the series of its own " +
          "book and of the process. Works while PostgreSQL or the queue is unavailable too: then `sipbook_up` is 0.",
        tags: ["operations"],
        response: {
          200: {
            description: "The text format of Prometheus",
            content: { "text/plain": { schema: Type.String() } },
          },
          ...keyed,
        },
      },
    },
    async (request, reply) => {
      await readLive();
      const page = await metrics.registry.metrics();
      const book = scrapers.bookOf(request);
      return reply.type(metrics.registry.contentType).send(book === null ? page : ofBook(page, book));
    },
  );
};

/** How long to wait for PostgreSQL to check a key, and how long a checked key is trusted without it. */
const patienceMs = 1_000;
const trustMs = 3_600_000;
const maxTrusted = 100;

interface Scrapers {
  readonly admit: onRequestAsyncHookHandler;
  /** The only book that the caller may read about; null: all books. */
  readonly bookOf: (request: FastifyRequest) => string | null;
}

/**
 * While the database is unavailable, a key that was valid within the last hour can still read the metrics: they are
 * needed most when something is wrong.
 */
function buildScrapers(db: Database): Scrapers {
  const trusted = new Map<string, { readonly book: string | null; readonly until: number }>();
  const books = new WeakMap<FastifyRequest, string | null>();
  const check = requireScope(db, "read");
  return {
    async admit(request, reply) {
      const name = hashSecret(request.headers.authorization ?? "");
      try {
        await within(patienceMs, check.call(this, request, reply), "PostgreSQL did not answer");
        const book = sightOf(callerOf(request));
        trusted.delete(name);
        trusted.set(name, { book, until: Date.now() + trustMs });
        for (const oldest of [...trusted.keys()].slice(0, -maxTrusted)) trusted.delete(oldest);
        books.set(request, book);
      } catch (error) {
        const known = trusted.get(name);
        if (error instanceof Problem) trusted.delete(name);
        if (error instanceof Problem || known === undefined || known.until < Date.now()) throw error;
        books.set(request, known.book);
      }
    },
    bookOf: (request) => books.get(request) ?? null,
  };
}

/** A tenant must not see other tenants. */
const sightOf = (caller: Caller): string | null => (isOperator(caller) ? null : caller.book.name);

/** Removes the series of other books, and the count of subscriptions, which covers all books. */
function ofBook(page: string, book: string): string {
  const isOthers = (line: string) => {
    if (line.startsWith("sipbook_subscriptions{")) return true;
    const named = /^[^#].*?[{,]book="([^"]*)"/.exec(line)?.[1];
    return named !== undefined && named !== book;
  };
  return page
    .split("\n")
    .filter((line) => !isOthers(line))
    .join("\n");
}
