import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { json } from "../../http/answers.ts";
import { callerOf, isOperator } from "../../http/auth.ts";
import { withKey } from "../../http/keyed-route.ts";
import { type QueueName, type Queues, queueNames } from "../../queue/queues.ts";
import type { Database } from "../../store/client.ts";
import { readBacklog } from "../../store/events/pending.ts";
import { ref } from "../../wire/shapes.ts";

/** GET /v1/queue: what waits, for a person who asks whether anything is stuck. */
export const queueRoutes: FastifyPluginAsyncTypebox<{ db: Database; queues: Queues }> = async (
  app,
  { db, queues },
) => {
  app.get(
    "/v1/queue",
    withKey(db, "read", {
      operationId: "getQueue",
      summary: "What waits to be done",
      description:
        "Of all books together for a key of the book `default` or an admin key; for a key of another book the events of " +
        "its own, and null for the queues. Events wait in the database, so a queue that is empty, or away, loses none: " +
        "they are decided a little later.",
      tags: ["operations"],
      response: { 200: json("The backlog, and the jobs in each queue", ref("Backlog")) },
    }),
    async (request) => {
      const caller = callerOf(request);
      const isTold = isOperator(caller);
      const [{ events, oldestSeconds }, counts] = await Promise.all([
        readBacklog(db, isTold ? null : caller.book.id),
        isTold ? countJobs(queues) : Promise.resolve(notTold),
      ]);
      return { pendingEvents: events, oldestPendingSeconds: oldestSeconds, queues: counts };
    },
  );
};

/** The queues are one for all books: a tenant does not read how busy the others are. */
const notTold = { events: null, imports: null, webhooks: null, webhookRetries: null };

/** Null where the queue does not answer. */
async function countJobs(queues: Queues) {
  const count = (name: QueueName) => queues[name].counts().catch(() => null);
  const [events, imports, webhooks, webhookRetries] = await Promise.all(queueNames.map(count));
  return {
    events: events ?? null,
    imports: imports ?? null,
    webhooks: webhooks ?? null,
    webhookRetries: webhookRetries ?? null,
  };
}
