import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { FeedHub } from "../../feed/hub.ts";
import { problem, retryAfter } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { Problem } from "../../http/problem.ts";
import type { Database } from "../../store/client.ts";
import { findExtent } from "../../store/feed/extent.ts";
import { afterQuery, assertWithin, expired, lastEventId } from "./feed-cursor.ts";

const retryAfterSeconds = 30;

export const feedStreamRoutes: Routes<{ readonly hub: FeedHub }> = async (app, { db, hub }) => {
  app.get(
    "/v1/feed/stream",
    {
      // A HEAD request would never end.
      exposeHeadRoute: false,
      ...withKey(db, "read", {
        operationId: "streamFeed",
        summary: "New changes as server-sent events",
        description:
          "First the changes after `Last-Event-ID` or `after`, then each new one: `id` is its sequence, `event` is `change`, `data` is the Change as in /v1/feed. A comment every 15 seconds keeps the connection alive. The stream ends when the reader is too slow, the key is revoked or expired, or the process stops. Then reconnect with `Last-Event-ID`, as every EventSource does automatically.",
        tags: ["feed"],
        headers: Type.Object(lastEventId),
        querystring: Type.Object({ ...afterQuery, ...bookQuery }),
        response: {
          200: {
            description: "The stream; it ends only with the connection",
            headers: {
              "Cache-Control": { type: "string", description: "no-store" },
              "X-Accel-Buffering": { type: "string", description: "no: a proxy must not buffer the stream" },
            },
            content: {
              "text/event-stream": {
                schema: Type.String({ description: "Events whose `data` is a Change, in JSON" }),
              },
            },
          },
          410: expired,
          503: problem(
            "The database is unavailable, or too many streams are open: retry after Retry-After",
            retryAfter,
          ),
        },
      }),
    },
    async (request, reply) => {
      const after = request.headers["last-event-id"] ?? request.query.after ?? 0;
      await streamFeed(request, reply, { db, hub, after });
    },
  );
};

interface Stream {
  readonly db: Database;
  readonly hub: FeedHub;
  readonly after: number;
}

/** Every EventSource sends this Accept header. */
export function wantsStream({ method, headers }: FastifyRequest): boolean {
  return method === "GET" && /^text\/event-stream\b/i.test(headers.accept ?? "");
}

/** Starts the stream and hands it to the hub. Throws feed-expired or too-many-streams. */
export async function streamFeed(
  request: FastifyRequest,
  reply: FastifyReply,
  { db, hub, after }: Stream,
): Promise<void> {
  const { book, key } = callerOf(request);
  assertWithin(await findExtent(db, book.id), after);
  if (hub.isFull()) {
    throw new Problem("too-many-streams", "Retry later, or poll GET /v1/feed", {
      headers: { "retry-after": String(retryAfterSeconds) },
    });
  }
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.raw.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  hub.follow(reply.raw, { bookId: book.id, keyId: key.id, after });
}
