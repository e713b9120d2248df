import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { v4 as uuidv4 } from "uuid";
import { bookRoutes } from "../api/books.ts";
import { contactEditRoutes } from "../api/contacts/contact-edits.ts";
import { contactRoutes } from "../api/contacts/contacts.ts";
import { eventRoutes } from "../api/events/events.ts";
import { retryRoutes } from "../api/events/retry.ts";
import { exportRoutes } from "../api/exports/exports.ts";
import { feedRoutes } from "../api/feed/feed.ts";
import { feedStreamRoutes } from "../api/feed/feed-stream.ts";
import { historyRoutes } from "../api/history/history.ts";
import { undoRoutes } from "../api/history/undo.ts";
import { importIntake } from "../api/imports/import-intake.ts";
import { importRoutes } from "../api/imports/imports.ts";
import { keyRoutes } from "../api/keys.ts";
import { documentRoutes } from "../api/operations/document.ts";
import { healthRoutes } from "../api/operations/health.ts";
import { metricsRoutes } from "../api/operations/metrics.ts";
import { queueRoutes } from "../api/operations/queue.ts";
import { resolveRoutes } from "../api/resolve/resolve.ts";
import { sourceSecretRoutes } from "../api/sources/source-secrets.ts";
import { sourceRoutes } from "../api/sources/sources.ts";
import { unparsedRoutes } from "../api/sources/unparsed.ts";
import { deliveryRoutes } from "../api/subscriptions/deliveries.ts";
import { subscriptionCommandRoutes } from "../api/subscriptions/subscription-commands.ts";
import { subscriptionRoutes } from "../api/subscriptions/subscriptions.ts";
import type { Config } from "../config/config.ts";
import { FeedHub } from "../feed/hub.ts";
import { type FeedLimits, feedLimits } from "../feed/limits.ts";
import { answerClientError, answerError, sendProblem } from "../http/errors.ts";
import { noteFinished } from "../http/finished.ts";
import { problemOfInput } from "../http/input-faults.ts";
import { collectRoutes, type KnownRoutes } from "../http/known-routes.ts";
import { Problem } from "../http/problem.ts";
import { limitRequestTime } from "../http/request-time.ts";
import { buildSerializer, buildValidatorCompiler } from "../http/validation.ts";
import { describedShapes, description, docs } from "../openapi/description.ts";
import { eventIntake } from "../receive/events.ts";
import { buildInbox } from "../receive/intake/inbox.ts";
import { openTallies, type Tallies } from "../receive/intake/tallies.ts";
import { tryOutRoutes } from "../receive/try-out/try-out.ts";
import { replayRoutes } from "../receive/unparsed/replay.ts";
import { webhookIntake } from "../receive/webhook/webhook.ts";
import { noTracing } from "../telemetry/tracing.ts";
import type { WorkDeps } from "../work/work.ts";

export interface AppDeps extends Omit<WorkDeps, "connection" | "prefix" | "sweepEverySeconds"> {
  readonly config: Pick<Config, "trustProxy" | "publicUrl">;
  readonly feed?: Partial<FeedLimits>;
}

/** The API, ready to listen or to inject into. Closing it ends its streams, but not what it was given. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const app = buildServer(deps.log, deps.config);
  noteFinished(app, deps.metrics);
  const routes = collectRoutes(app);
  limitRequestTime(app, { patienceMs: 30_000, maxMs: 60 * 60_000 });
  answerProblems(app, routes);
  readBodies(app);
  await app.register(swagger, description);
  await app.register(swaggerUi, docs);
  // In the order of openapi.yaml.
  const tallies = await registerReports(app, deps);
  await registerBook(app, deps);
  await registerService(app, deps, tallies);
  await app.ready();
  return app;
}

function readBodies(app: FastifyInstance): void {
  for (const shape of describedShapes) app.addSchema(shape);
  app.setValidatorCompiler(buildValidatorCompiler());
  app.setSchemaErrorFormatter(problemOfInput);
  const parseJson = app.getDefaultJsonParser("error", "error");
  // Some clients send a Content-Type with every request: an empty body is fine if the route needs none.
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "" && !needsBody(request.routeOptions.schema?.body)) done(null, null);
    else void parseJson(request, String(body), done);
  });
  // No JSON route takes text/plain; webhook routes install their own parser.
  app.removeContentTypeParser("text/plain");
}

/** What PBXs report. */
async function registerReports(
  app: FastifyInstance,
  { db, queues, metrics, outbound: { vault }, tracing = noTracing, log, config: { publicUrl } }: AppDeps,
): Promise<Tallies> {
  const inbox = buildInbox({ db, queue: queues.events, log, tracing });
  const tallies = openTallies({ db, log });
  app.addHook("onClose", () => tallies.close());
  await app.register(eventIntake, { db, inbox, metrics, tallies });
  await app.register(webhookIntake, { db, inbox, metrics, tallies, vault, publicUrl });
  await app.register(tryOutRoutes, { db });
  await app.register(replayRoutes, { db, inbox, metrics });
  await app.register(unparsedRoutes, { db });
  return tallies;
}

/** The book, and those who read and write it. */
async function registerBook(app: FastifyInstance, deps: AppDeps): Promise<void> {
  const { db, queues, outbound } = deps;
  await app.register(contactRoutes, { db });
  await app.register(contactEditRoutes, { db });
  await app.register(eventRoutes, { db });
  await app.register(retryRoutes, { db, queue: queues.events });
  await app.register(historyRoutes, { db });
  await app.register(undoRoutes, { db });
  await app.register(exportRoutes, { db });
  const hub = buildHub(app, deps);
  await app.register(feedRoutes, { db, hub });
  await app.register(feedStreamRoutes, { db, hub });
  await app.register(resolveRoutes, { db });
  await app.register(subscriptionRoutes, { db, queue: queues.webhooks, outbound });
  await app.register(subscriptionCommandRoutes, { db, queue: queues.webhooks, outbound });
  await app.register(deliveryRoutes, { db });
  await app.register(importIntake, { db, queue: queues.imports });
  await app.register(importRoutes, { db, queue: queues.imports });
}

/** Settings, and what operators look at. */
async function registerService(app: FastifyInstance, deps: AppDeps, tallies: Tallies): Promise<void> {
  const { db, queues, metrics, outbound } = deps;
  await app.register(sourceRoutes, { db, flushTallies: () => tallies.flush() });
  await app.register(sourceSecretRoutes, { db, outbound });
  await app.register(bookRoutes, { db });
  await app.register(keyRoutes, { db });
  await app.register(healthRoutes, { db, queue: queues.events });
  await app.register(queueRoutes, { db, queues });
  await app.register(metricsRoutes, { db, queues, metrics });
  await app.register(documentRoutes);
}

function buildHub(app: FastifyInstance, { db, signal, metrics, log, feed }: AppDeps): FeedHub {
  const limits = { ...feedLimits, ...feed };
  const hub = new FeedHub({ db, signal, metrics, log, limits });
  // Before the server waits for its connections: streams never end by themselves.
  app.addHook("preClose", () => hub.close());
  return hub;
}

function buildServer(log: FastifyBaseLogger, { trustProxy }: Pick<Config, "trustProxy">): FastifyInstance {
  return Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => uuidv4(),
    trustProxy: trusted(trustProxy),
    bodyLimit: 4 * 1024 * 1024,
    // Node has one limit for all routes; limitRequestTime replaces it.
    requestTimeout: 0,
    http: { headersTimeout: 30_000 },
    // While we close, requests on open connections are still answered, with `Connection: close`.
    return503OnClosing: false,
    // An external id of 256 characters, percent-encoded.
    routerOptions: { maxParamLength: 3072 },
    schemaController: { compilersFactory: { buildSerializer } },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
}

/** False for a route whose body has no schema, or may be null. */
function needsBody(schema: unknown): boolean {
  const alternatives = typeof schema === "object" && schema !== null && "anyOf" in schema ? schema.anyOf : [];
  const takesNull = Array.isArray(alternatives) && alternatives.some((each) => each?.type === "null");
  return schema !== undefined && !takesNull;
}

// Fastify no longer accepts a number of proxies.
function trusted(
  proxies: Config["trustProxy"],
): false | string[] | ((address: string, hop: number) => boolean) {
  if (typeof proxies === "number") return (_address, hop) => hop < proxies;
  return proxies === false ? false : [...proxies];
}

function answerProblems(app: FastifyInstance, routes: KnownRoutes): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const methods = routes.methodsOf(request.url.replace(/\?.*$/s, ""));
    const problem =
      methods.length === 0
        ? new Problem("not-found", "No operation has this path")
        : new Problem("method-not-allowed", `This path accepts ${methods.join(", ")}`, {
            headers: { allow: methods.join(", ") },
          });
    return sendProblem(reply, problem);
  });
}
