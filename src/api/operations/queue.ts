import { json } from "../../http/answers.ts";
import { callerOf, isOperator } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { type QueueName, type Queues, queueNames } from "../../queue/queues.ts";
import { readBacklog } from "../../store/events/pending.ts";
import { ref } from "../../wire/shapes.ts";

/** GET /v1/queue: the backlog, for an operator who checks whether anything is stuck. */
export const queueRoutes: Routes<{ readonly queues: Queues }> = async (app, { db, queues }) => {
  app.get(
    "/v1/queue",
    withKey(db, "read", {
      operationId: "getQueue",
      summary: "The backlog of events and jobs",
      description:
        "A key of the book `default` or an admin key gets the backlog of all books. A key of another book gets the events " +
        "of its own book, and null for the queues. Events wait in the database, so no event is lost when a queue is " +
        "emptied or unavailable: it is only decided a little later.",
      tags: ["operations"],
      response: { 200: json("The backlog, and the jobs in each queue", ref("Backlog")) },
    }),
    async (request) => {
      const caller = callerOf(request);
      const seesAll = isOperator(caller);
      const [{ events, oldestSeconds }, counts] = await Promise.all([
        readBacklog(db, seesAll ? null : caller.book.id),
        seesAll ? countJobs(queues) : Promise.resolve(hidden),
      ]);
      return { pendingEvents: events, oldestPendingSeconds: oldestSeconds, queues: counts };
    },
  );
};

/** All books share the queues, and a tenant must not see how busy the others are. */
const hidden = { events: null, imports: null, webhooks: null, webhookRetries: null };

/** Null for a queue that does not answer. */
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
