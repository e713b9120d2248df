import { Type } from "typebox";
import { json, problem } from "../../http/answers.ts";
import { callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { orNotFound, Problem } from "../../http/problem.ts";
import { Id } from "../../json/parts.ts";
import { type Queue, ring } from "../../queue/queue.ts";
import { findEvent } from "../../store/events/events.ts";
import { outcomesOf } from "../../store/events/outcomes.ts";
import { reviveFailed } from "../../store/events/pending.ts";
import { eventToWire, maxOutcomes } from "../../wire/calls/events.ts";
import { ref } from "../../wire/shapes.ts";

export const retryRoutes: Routes<{ readonly queue: Queue }> = async (app, { db, queue }) => {
  app.post(
    "/v1/events/:id/retry",
    withKey(db, "write", {
      operationId: "retryEvent",
      summary: "Decide a failed event again",
      tags: ["events"],
      params: Type.Object({ id: Id }),
      response: {
        202: json("The event waits to be decided", ref("Event")),
        404: problem("Event not found in this book"),
        409: problem("The event did not fail"),
      },
    }),
    async (request, reply) => {
      const bookId = callerOf(request).book.id;
      const { id } = request.params;
      const isRevived = await reviveFailed(db, bookId, id);
      const event = orNotFound(await findEvent(db, bookId, id), "Event not found in this book");
      if (!isRevived)
        throw new Problem("not-retryable", `The event is ${event.verdict ?? "still waiting"}, not failed`);
      ring(queue, [id], request.log);
      return reply.code(202).send(eventToWire(event, await outcomesOf(db, [id], maxOutcomes.ofOne)));
    },
  );
};
