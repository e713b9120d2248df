import type { FastifyInstance } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";

/** Logs and counts every finished request by its route: a path may contain ids, and a query phone numbers. */
export function noteFinished(app: FastifyInstance, { httpRequests, httpSeconds }: Metrics): void {
  app.addHook("onResponse", async (request, reply) => {
    const { method } = request;
    const { url } = request.routeOptions;
    const labels = { method, route: url ?? "unknown" };
    httpRequests.inc({ ...labels, status: reply.statusCode });
    httpSeconds.observe(labels, reply.elapsedTime / 1000);
    const entry = { method, route: url ?? null, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    const route = url ?? "an unknown path";
    request.log.info(entry, `${method} ${route} answered ${entry.status} in ${entry.ms} ms`);
  });
}
