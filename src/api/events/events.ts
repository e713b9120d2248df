import { Type } from "typebox";
import { findRule } from "../../domain/rules/rules.ts";
import { json, nextLink, problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { answerPage, CursorId, pageQuery, readPage } from "../../http/page.ts";
import { orNotFound } from "../../http/problem.ts";
import { defined } from "../../json/defined.ts";
import { Id, Name, Time, Uri } from "../../json/parts.ts";
import { findEvent, listEvents } from "../../store/events/events.ts";
import { outcomesOf } from "../../store/events/outcomes.ts";
import { eventToWire, maxOutcomes, RuleCode, rawToWire, VerdictCode } from "../../wire/calls/events.ts";
import { listOf, ref } from "../../wire/shapes.ts";
import { readRange } from "../contacts/address-query.ts";

/** `at` in milliseconds since 1970, within the years 1 to 9999. */
const Cursor = Type.Object({
  at: Type.Integer({ minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 }),
  id: CursorId,
});

export const eventRoutes: Routes = async (app, { db }) => {
  app.get(
    "/v1/events",
    withKey(db, "read", {
      operationId: "listEvents",
      summary: "What the PBXs reported, and the result; newest first by occurredAt",
      tags: ["events"],
      querystring: Type.Object({
        uri: Type.Optional({ ...Uri, description: "The dialled address, in any equivalent spelling" }),
        source: Type.Optional(Name),
        verdict: Type.Optional(VerdictCode),
        rule: Type.Optional(RuleCode),
        from: Type.Optional({ ...Time, description: "occurredAt, inclusive" }),
        to: Type.Optional({ ...Time, description: "occurredAt, exclusive" }),
        ...bookQuery,
        ...pageQuery,
      }),
      response: { 200: json("A page of events", listOf("Event"), nextLink) },
    }),
    async (request, reply) => {
      const { source, verdict, rule } = request.query;
      const page = readPage(request.query, Cursor);
      // Each rule has one verdict, and the index on verdicts finds the rule.
      const code = verdict ?? (rule === undefined ? undefined : findRule(rule)?.code);
      const filter = defined({ source, verdict: code, rule, ...readRange(request.query) });
      const rows = await listEvents(db, callerOf(request).book.id, filter, {
        after: page.after,
        limit: page.limit + 1,
      });
      const outcomes = Map.groupBy(
        await outcomesOf(
          db,
          rows.slice(0, page.limit).map(({ id }) => id),
          maxOutcomes.inList,
        ),
        ({ eventId }) => eventId,
      );
      return answerPage(reply, page, rows, {
        toItem: (row) => eventToWire(row, outcomes.get(row.id) ?? []),
        cursorOf: ({ occurredAt, id }) => ({ at: occurredAt.getTime(), id }),
      });
    },
  );

  app.get(
    "/v1/events/:id",
    withKey(db, "read", {
      operationId: "getEvent",
      summary: "One event, its result, and the reason",
      tags: ["events"],
      params: Type.Object({ id: Id }),
      response: {
        200: json("The event, with what the PBX sent", ref("Event")),
        404: problem("Event not found in this book"),
      },
    }),
    async (request) => {
      const found = await findEvent(db, callerOf(request).book.id, request.params.id);
      const event = orNotFound(found, "Event not found in this book");
      return {
        ...eventToWire(event, await outcomesOf(db, [event.id], maxOutcomes.ofOne)),
        raw: rawToWire(event.raw),
      };
    },
  );
};
