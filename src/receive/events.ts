import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import { awayOrPaused, json, problem } from "../http/answers.ts";
import { callerOf } from "../http/auth.ts";
import { withKey } from "../http/keyed-route.ts";
import { Problem } from "../http/problem.ts";
import type { Database } from "../store/client.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { ref } from "../wire/shapes.ts";
import type { Inbox } from "./intake/inbox.ts";
import { answerReceipts, type Reception, receive } from "./intake/intake.ts";
import { countRejected, type Tallies } from "./intake/tallies.ts";
import { leaveBodyUnchecked, refuseShape, validateEvent } from "./intake/validate.ts";
import { waitSeconds } from "./intake/wait.ts";

const maxEvents = 1000;

/** POST /v1/events: call outcomes in sipbook's own format, one or many. */
export const eventIntake: FastifyPluginAsyncTypebox<{
  db: Database;
  inbox: Inbox;
  metrics: Metrics;
  tallies: Tallies;
}> = async (app, { db, inbox, metrics, tallies }) => {
  app.post(
    "/v1/events",
    {
      ...withKey(db, "ingest", {
        operationId: "reportEvents",
        summary: "Report how calls ended: one event, or an array of 1 to 1,000",
        description:
          "An answer of 202 means that the events are in the database. One bad event in an array does not stop the others. " +
          "`Prefer: wait=5` (at most 10 seconds) answers when every event has its verdict, as 200.",
        tags: ["events"],
        headers: Type.Object({ prefer: Type.Optional(Type.String({ examples: ["wait=5"] })) }),
        body: Type.Union([
          ref("EventInput"),
          Type.Array(ref("EventInput"), { minItems: 1, maxItems: maxEvents }),
        ]),
        response: {
          200: json("Every event has its verdict (with Prefer: wait)", ref("Receipts")),
          202: json("The events are kept, and get their verdicts soon", ref("Receipts")),
          503: awayOrPaused,
          409: problem("The source reported another event under this id; of a single event"),
        },
      }),
      validatorCompiler: leaveBodyUnchecked,
    },
    async (request, reply) => {
      const body: unknown = request.body;
      const items = readItems(body);
      const isSingle = !Array.isArray(body);
      const validations = items.map((item, i) => {
        const prefix = isSingle ? "" : `/${i}`;
        return refuseShape(item, prefix) ?? validateEvent(item, { prefix, raw: JSON.stringify(item) });
      });
      const deps = { db, inbox, metrics, log: request.log };
      const { sourceId } = callerOf(request).key;
      if (sourceId !== null) tallies.count(sourceId, "received");
      const receptions = await receive(deps, callerOf(request), validations);
      if (sourceId !== null) countRejected(tallies, sourceId, receptions);
      if (isSingle) throwIfRejected(receptions[0]);
      return answerReceipts(db, reply, receptions, waitSeconds(request.headers.prefer));
    },
  );
};

function readItems(body: unknown): readonly unknown[] {
  if (!Array.isArray(body)) return [body];
  if (body.length >= 1 && body.length <= maxEvents) return body;
  const detail = `must hold 1 to ${maxEvents} events, and holds ${body.length}`;
  throw new Problem("invalid-input", "The array is empty or too long", { errors: [{ pointer: "", detail }] });
}

function throwIfRejected(reception: Reception | undefined): void {
  if (reception?.state === "rejected") throw reception.problem;
}
