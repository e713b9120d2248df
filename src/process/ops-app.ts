import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { healthRoutes } from "../api/operations/health.ts";
import type { MetricsDeps } from "../api/operations/live-gauges.ts";
import { metricsRoutes } from "../api/operations/metrics.ts";
import { answerClientError, answerError, sendProblem } from "../http/errors.ts";
import { Problem } from "../http/problem.ts";
import { buildSerializer, buildValidatorCompiler } from "../http/validation.ts";
import { describedShapes } from "../openapi/description.ts";

export interface OpsDeps extends MetricsDeps {
  readonly log: FastifyBaseLogger;
}

/** Health and metrics of a process without an API. Opens and closes nothing. */
export async function buildOps({ db, queues, metrics, log }: OpsDeps): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: log,
    // A probe comes every few seconds.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1024,
    requestTimeout: 30_000,
    return503OnClosing: false,
    schemaController: { compilersFactory: { buildSerializer } },
    clientErrorHandler: answerClientError,
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new Problem("not-found", "No operation has this path")),
  );
  for (const shape of describedShapes) app.addSchema(shape);
  app.setValidatorCompiler(buildValidatorCompiler());

  await app.register(healthRoutes, { db, queue: queues.events });
  await app.register(metricsRoutes, { db, queues, metrics });
  await app.ready();
  return app;
}
