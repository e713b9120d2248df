import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import { isDialect } from "../domain/dialect.ts";
import { json, keyed, problem } from "../http/answers.ts";
import { bookQuery, callerOf, requireScope } from "../http/auth.ts";
import { Problem } from "../http/problem.ts";
import type { Metrics } from "../metrics.ts";
import { Name } from "../schema-parts.ts";
import { ref } from "../schemas.ts";
import type { Database } from "../store/client.ts";
import type { Translation } from "./dialects/translation.ts";
import type { Inbox } from "./inbox.ts";
import { answerReceipts, type Reception, receive } from "./receive.ts";
import { findReportingSource } from "./source.ts";
import { translators } from "./translators.ts";
import {
  faultsOfShape,
  leaveBodyUnchecked,
  refuseShape,
  type Validation,
  validateEvent,
} from "./validate.ts";
import { waitSeconds } from "./wait.ts";

/** POST /v1/webhooks/{source}: what a PBX sends, in its own dialect. */
export const webhookIntake: FastifyPluginAsyncTypebox<{
  db: Database;
  inbox: Inbox;
  metrics: Metrics;
}> = async (app, { db, inbox, metrics }) => {
  // PBXs are not to be trusted with Content-Type, and what they sent is kept as it came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.post(
    "/v1/webhooks/:source",
    {
      onRequest: requireScope(db, "ingest"),
      validatorCompiler: leaveBodyUnchecked,
      schema: {
        operationId: "receiveWebhook",
        summary: "What a PBX sends, in the dialect of its source",
        description:
          "The body is what docs/pbx describes for the dialect. Duplicates of any kind are 202: a PBX that retries is not " +
          "stopped by its own retransmission. 5xx: send it again. 4xx: it will not be taken.",
        tags: ["events"],
        params: Type.Object({ source: Name }),
        headers: Type.Object({ prefer: Type.Optional(Type.String({ examples: ["wait=5"] })) }),
        querystring: Type.Object(bookQuery),
        body: Type.Unknown({ description: "The PBX's own JSON" }),
        response: {
          200: json("The event has its verdict (with Prefer: wait)", ref("Receipts")),
          202: json("The event is kept, now or since an earlier report", ref("Receipts")),
          ...keyed,
          404: problem("There is nothing at this path"),
          413: problem("The body is larger than 4 MiB"),
        },
      },
    },
    async (request, reply) => {
      const raw = typeof request.body === "string" ? request.body : "";
      const source = await findReportingSource(db, callerOf(request), request.params.source, "/source");
      if (source instanceof Problem) throw source;
      const dialect = isDialect(source.dialect) ? source.dialect : "default";
      const body = parseJson(raw);
      const validation =
        refuseShape(body, "") ?? toValidation(translators[dialect](body), { body, raw, source: source.name });
      const deps = { db, inbox, metrics, log: request.log };
      const [reception] = await receive(deps, callerOf(request), [validation], source.name);
      if (reception === undefined) throw new Error("An event got no receipt");
      return answerReceipts(db, reply, [withoutConflict(reception)], waitSeconds(request.headers.prefer));
    },
  );
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(
      "malformed-json",
      `The body is not JSON: ${error instanceof Error ? error.message : ""}`,
    );
  }
}

function toValidation(
  translation: Translation,
  { body, raw, source }: { readonly body: unknown; readonly raw: string; readonly source: string },
): Validation {
  if (translation.kind === "invalid-shape") {
    return { kind: "invalid", errors: faultsOfShape(translation.schema, body) };
  }
  const { event, names } = translation;
  const validation = validateEvent(event, { prefix: "", raw, anyUri: true });
  if (validation.kind === "valid") return { ...validation, source };
  const errors = validation.errors.map(({ pointer, detail }) => ({
    pointer: rename(pointer, names),
    detail,
  }));
  return { kind: "invalid", errors };
}

/** A JSON Pointer into our event, said with the names that the PBX uses. */
function rename(pointer: string, names: Readonly<Record<string, string>>): string {
  const [, first = "", ...rest] = pointer.split("/");
  return ["", names[first] ?? first, ...rest].join("/");
}

/** The same id with other content is a retransmission to a PBX, and nothing that it could mend. */
function withoutConflict(reception: Reception): Reception {
  if (reception.state !== "rejected") return reception;
  const { eventId, sourceEventId } = reception;
  if (eventId === null || sourceEventId === null) throw reception.problem;
  return { state: "duplicate", id: eventId, sourceEventId };
}
