import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import { Type } from "typebox";
import { within } from "../../faults/within.ts";
import { keyed } from "../../http/answers.ts";
import { type Caller, callerOf, isOperator, requireScope } from "../../http/auth.ts";
import { Problem } from "../../http/problem.ts";
import type { Queues } from "../../queue/queues.ts";
import type { Database } from "../../store/client.ts";
import { hashSecret } from "../../store/keys.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { buildLiveGauges } from "./live-gauges.ts";

interface Deps {
  readonly db: Database;
  readonly queues: Queues;
  readonly metrics: Metrics;
}

/** GET /metrics, for the API and for a worker: what this process counted, and what waits. */
export const metricsRoutes: FastifyPluginAsyncTypebox<Deps> = async (app, { db, queues, metrics }) => {
  const readLive = buildLiveGauges({ db, queues, metrics });
  const scrapers = buildScrapers(db);
  app.get(
    "/metrics",
    {
      onRequest: scrapers.admit,
      schema: {
        operationId: "getMetrics",
        summary: "What this process counted, for Prometheus",
        description:
          "Every series for a key of the book `default` or an admin key; for a key of another book those of its own " +
          "book and those of the process. Answers also while PostgreSQL or the queue is away: `sipbook_up` says so.",
        tags: ["operations"],
        response: {
          200: {
            description: "Prometheus' text format",
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

/** How long PostgreSQL has to know a key, and how long one that it knew is good without it. */
const patienceMs = 1_000;
const trustMs = 3_600_000;
const mostTrusted = 100;

interface Scrapers {
  readonly admit: onRequestAsyncHookHandler;
  /** The one book that the caller may read about; null: all of them. */
  readonly bookOf: (request: FastifyRequest) => string | null;
}

/**
 * While the database is away, a key that was good within the hour stays so for this page: else nobody would learn what
 * is wrong when something is.
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
        for (const oldest of [...trusted.keys()].slice(0, -mostTrusted)) trusted.delete(oldest);
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

/** A tenant does not read who the others are. */
const sightOf = (caller: Caller): string | null => (isOperator(caller) ? null : caller.book.name);

/** Without other books' series, and without those that count the subscriptions of all books in one. */
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
