import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import { json, keyed, problem } from "../../http/answers.ts";
import { bookQuery, callerOf, requireScope } from "../../http/auth.ts";
import { Problem } from "../../http/problem.ts";
import { Name } from "../../json/parts.ts";
import { sourceOf } from "../../sources/book-sources.ts";
import type { Database } from "../../store/client.ts";
import type { NewEvent } from "../../store/events/inbox.ts";
import { rehearse } from "../../store/fold/rehearse.ts";
import { rehearsalToWire, type TestEvent } from "../../wire/calls/source-test.ts";
import { ref } from "../../wire/shapes.ts";
import { type ReportingSource, toNewEvent } from "../intake/event-input.ts";
import { leaveBodyUnchecked, problemOf, type Validation } from "../intake/validate.ts";
import { readIncoming, takeAnyBody } from "../interpret/incoming.ts";
import { interpret } from "../interpret/interpret.ts";

/** Most events of one try. The book is locked for that long. */
const maxEvents = 100;

/** POST /v1/sources/{name}/test: shows what a request would become, for the person who sets up the PBX. */
export const tryOutRoutes: FastifyPluginAsyncTypebox<{ db: Database }> = async (app, { db }) => {
  takeAnyBody(app);
  app.post(
    "/v1/sources/:name/test",
    {
      onRequest: requireScope(db, "write"),
      validatorCompiler: leaveBodyUnchecked,
      schema: {
        operationId: "testSource",
        summary: "What a request would become, without keeping anything",
        description:
          "Send exactly what the PBX would send to /v1/webhooks/{source}: body, Content-Type and query. It is read, kept and " +
          "decided as ever, and all of it is taken back; also while the source is paused.",
        tags: ["sources"],
        params: Type.Object({ name: Name }),
        querystring: Type.Object(bookQuery),
        body: Type.Unknown({ description: "What the PBX would send" }),
        response: {
          200: json("What it would become", ref("SourceTest")),
          ...keyed,
          404: problem("Source not found in this book"),
          413: problem("The body is larger than 4 MiB"),
        },
      },
    },
    async (request) => {
      const { book } = callerOf(request);
      const source = await sourceOf(db, callerOf(request), request.params.name);
      const interpretation = interpret(source, { ...readIncoming(request), mapping: source.mapping });
      const blank = { reason: null, problem: null, events: [] };
      switch (interpretation.kind) {
        case "unparsed":
          return { ...blank, kind: "unparsed" as const, problem: interpretation.problem.toBody() };
        case "ignored":
          return { ...blank, ...interpretation };
        case "events": {
          const { validations } = interpretation;
          const events = await tryOut(db, { ...source, bookId: book.id }, validations);
          return { ...blank, kind: "events" as const, events: [...events] };
        }
      }
    },
  );
};

async function tryOut(
  db: Database,
  source: ReportingSource,
  validations: readonly Validation[],
): Promise<readonly TestEvent[]> {
  if (validations.length > maxEvents) {
    const errors = [{ pointer: "", detail: `must have at most ${maxEvents} events for a dry run` }];
    throw new Problem("invalid-input", "The body has too many events", { errors });
  }
  const tried = validations.map((validation): NewEvent | Problem =>
    validation.kind === "valid" ? toNewEvent(validation.report, source) : problemOf(validation.errors),
  );
  const newEvents = tried.flatMap((each) => (each instanceof Problem ? [] : [each]));
  const found =
    newEvents.length === 0 ? [] : rehearsalToWire(newEvents, await rehearse(db, source.bookId, newEvents));
  let taken = 0;
  return tried.flatMap((each): readonly TestEvent[] => {
    if (each instanceof Problem) return [{ ...noEvent, problem: each.toBody() }];
    const event = found[taken];
    taken += 1;
    return event === undefined ? [] : [event];
  });
}

const noEvent: TestEvent = {
  event: null,
  isDuplicate: false,
  duplicateOf: null,
  judgement: null,
  verdict: null,
  outcomes: [],
  changes: [],
  problem: null,
};
