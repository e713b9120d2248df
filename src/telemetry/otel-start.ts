import { FastifyOtelInstrumentation } from "@fastify/otel";
import {
  type Context,
  context,
  DiagLogLevel,
  diag,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { within } from "../faults/within.ts";
import { openTelemetry } from "../queue/telemetry.ts";
import { instrumentDatabase } from "../store/instrument.ts";
import { discreet, tracerName } from "./otel-discreet.ts";
import type { OpenSpan, SpanOptions, Tracing } from "./tracing.ts";

interface TracingOptions {
  /** null: the OTEL_* variables name it. */
  readonly serviceName: string | null;
  /** Called when spans are lost, mostly because the collector is away. */
  readonly onTrouble: () => void;
}

const flushPatienceMs = 2_000;
const maxIds = 100;

/**
 * Starts OpenTelemetry for this process, with exporter, sampler and limits from the OTEL_* variables. Call it before
 * Fastify, Prisma and the queues are opened. If traces are off, this file is not even loaded.
 */
export function startTracing({ serviceName, onTrouble }: TracingOptions): Tracing {
  const silent = { warn: () => {}, info: () => {}, debug: () => {}, verbose: () => {} };
  diag.setLogger({ error: onTrouble, ...silent }, DiagLogLevel.ERROR);
  // Only traces: Prometheus scrapes the metrics, and logs go to standard output.
  const sdk = new NodeSDK({
    ...(serviceName === null ? {} : { serviceName }),
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const provider = discreet(trace.getTracerProvider());
  trace.disable();
  trace.setGlobalTracerProvider(provider);
  instrument();
  return {
    span: inSpan,
    ids: () => {
      const present = trace.getSpanContext(context.active());
      return present === undefined ? {} : { trace_id: present.traceId, span_id: present.spanId };
    },
    telemetry: openTelemetry(),
    close: () => within(flushPatienceMs, sdk.shutdown(), "The collector did not answer").catch(onTrouble),
  };
}

const probes = ["/healthz", "/readyz", "/metrics", "/docs"];

/** Both instrument only what is opened from now on. */
function instrument(): void {
  const fastify = new FastifyOtelInstrumentation({
    enabled: false,
    registerOnInitialization: true,
    instrumentHooks: false,
    recordExceptions: false,
    ignorePaths: ({ url }) => probes.some((path) => url === path || url.startsWith(`${path}/`)),
    requestHook: (span, { method, routeOptions, id }) => {
      span.updateName(routeOptions.url === undefined ? method : `${method} ${routeOptions.url}`);
      span.setAttribute("sipbook.request_id", id);
    },
    lifecycleHook: (span, { hookName }) => void span.updateName(hookName),
  });
  fastify.enable();
  instrumentDatabase();
}

const contexts = new WeakMap<OpenSpan, Context>();
const contextOf = (span: OpenSpan): Context => contexts.get(span) ?? ROOT_CONTEXT;
const linkTo = (span: OpenSpan) => ({
  context: trace.getSpanContext(contextOf(span)) ?? INVALID_SPAN_CONTEXT,
});

async function inSpan<T>(
  name: string,
  { parent, links = [] }: SpanOptions,
  work: (span: OpenSpan) => Promise<T>,
): Promise<T> {
  const above = parent === undefined ? context.active() : parent === null ? ROOT_CONTEXT : contextOf(parent);
  const started = trace.getTracer(tracerName).startSpan(name, { links: links.map(linkTo) }, above);
  const open: OpenSpan = {
    link: (other) => void started.addLink(linkTo(other)),
    noteEvents: (ids) => {
      started.setAttributes({ "sipbook.events": ids.length, "sipbook.event_ids": ids.slice(0, maxIds) });
    },
  };
  const inside = trace.setSpan(above, started);
  contexts.set(open, inside);
  try {
    return await context.with(inside, () => work(open));
  } catch (error) {
    if (error instanceof Error) started.recordException(error);
    started.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    started.end();
  }
}
