import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import { awayOrPaused, json, keyed, problem } from "../../http/answers.ts";
import { bookQuery } from "../../http/auth.ts";
import { Name } from "../../json/parts.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { signatureSecurity } from "../../wire/calls/signatures.ts";
import { ref } from "../../wire/shapes.ts";
import type { Inbox } from "../intake/inbox.ts";
import { answerReceipts, receive, withoutConflict } from "../intake/intake.ts";
import { refusePaused } from "../intake/reporting-source.ts";
import { countRejected, reasonOf, type Tallies } from "../intake/tallies.ts";
import { leaveBodyUnchecked } from "../intake/validate.ts";
import { waitSeconds } from "../intake/wait.ts";
import { readIncoming, takeAnyBody } from "../interpret/incoming.ts";
import { interpret } from "../interpret/interpret.ts";
import { keepAside } from "../unparsed/unparsed.ts";
import { admitReporter, checkReporter, type ReporterDeps, reportingOf } from "./credentials.ts";

/** POST /v1/webhooks/{source}: what a PBX sends, in its own dialect. */
export const webhookIntake: FastifyPluginAsyncTypebox<
  ReporterDeps & {
    inbox: Inbox;
    metrics: Metrics;
    tallies: Tallies;
  }
> = async (app, { inbox, metrics, tallies, ...reporters }) => {
  const { db } = reporters;
  takeAnyBody(app);
  app.post(
    "/v1/webhooks/:source",
    {
      onRequest: admitReporter(reporters),
      preHandler: checkReporter(reporters),
      validatorCompiler: leaveBodyUnchecked,
      schema: {
        operationId: "receiveWebhook",
        summary: "What a PBX sends, in the dialect of its source",
        description:
          "By a key, or by a signature with a secret of the source; a request with a key whose signature is wrong is refused " +
          "as well. Without a key the book is `book`, or `default`. The body is what docs/pbx describes for the dialect. Duplicates of any kind are 202: a PBX that retries is not " +
          "stopped by its own retransmission. 5xx: send it again. 4xx: it will not be taken.",
        tags: ["events"],
        security: webhookSecurity,
        params: Type.Object({ source: Name }),
        headers: Type.Object({ prefer: Type.Optional(Type.String({ examples: ["wait=5"] })) }),
        querystring: Type.Object(bookQuery),
        body: Type.Unknown({ description: "What the PBX sends: JSON, a form, XML" }),
        response: {
          200: json("The event has its verdict (with Prefer: wait)", ref("Receipts")),
          202: json("The event is kept, now or since an earlier report", ref("Receipts")),
          ...keyed,
          404: problem("No operation has this path"),
          413: problem("The body is larger than 4 MiB"),
          415: problem("The body is compressed"),
          503: awayOrPaused,
        },
      },
    },
    async (request, reply) => {
      const { reporter, source } = reportingOf(request);
      refusePaused(source);
      tallies.count(source.id, "received");
      const deps = { db, inbox, metrics, log: request.log };
      const incoming = readIncoming(request);
      const interpretation = interpret(source, { ...incoming, mapping: source.mapping });
      switch (interpretation.kind) {
        case "unparsed": {
          const { problem: found } = interpretation;
          tallies.count(source.id, "rejected", reasonOf(found));
          metrics.received.inc({ ...metrics.labelsOf(reporter.book.name, source.name), state: "rejected" });
          // A compressed body is not kept as it came, so it could not be read again.
          throw found.status === 415 ? found : await keepAside(deps, source, incoming, found);
        }
        case "ignored":
          tallies.count(source.id, "ignored", interpretation.reason);
          return reply.code(202).send({ ...noReceipts, ignored: interpretation.reason });
        case "events": {
          const { validations } = interpretation;
          const receptions = await receive(deps, reporter, validations, source.name);
          const answered = receptions.map(withoutConflict);
          countRejected(tallies, source.id, answered);
          return answerReceipts(db, reply, answered, waitSeconds(request.headers.prefer));
        }
      }
    },
  );
};

const webhookSecurity = ["bearer", "basic", ...Object.keys(signatureSecurity)].map((name) => ({
  [name]: [],
}));

const noReceipts = { accepted: 0, duplicates: 0, rejected: 0, events: [] };
