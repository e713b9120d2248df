import {
  type Attributes,
  context,
  INVALID_SPAN_CONTEXT,
  type Span,
  SpanKind,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";

/** The tracer of our own spans. */
export const tracerName = "sipbook";

// The attributes that a span may have. All others are dropped: a URL has numbers in its query and names in its path,
// and an error message may quote the input.
const allowed = new Set([
  "http.request.method",
  "http.route",
  "http.response.status_code",
  "db.query.text",
  "db.system.name",
  "method",
  "model",
  "name",
  "bullmq.queue.name",
  "bullmq.queue.operation",
  "bullmq.job.id",
  "bullmq.job.name",
  "bullmq.job.attempts.made",
  "bullmq.job.processed.timestamp",
  "bullmq.job.attempt_finished_timestamp",
  "exception.type",
  "sipbook.request_id",
  "sipbook.events",
  "sipbook.event_ids",
]);

/**
 * A provider whose spans never contain personal data, and that starts no trace for polling. It is not a SpanProcessor:
 * NodeSDK ignores OTEL_TRACES_EXPORTER as soon as `spanProcessors` are given.
 */
export function discreet(provider: TracerProvider): TracerProvider {
  const guarded = new WeakSet<Tracer>();
  return {
    getTracer: (name, version, options) => {
      const tracer = provider.getTracer(name, version, options);
      if (guarded.has(tracer)) return tracer;
      guarded.add(tracer);
      return guardTracer(tracer, name === tracerName);
    },
  };
}

function guardTracer(tracer: Tracer, isOurs: boolean): Tracer {
  const startSpan = tracer.startSpan.bind(tracer);
  return Object.assign(tracer, {
    startSpan: ((name, options = {}, parent = context.active()) => {
      if (!isOurs && isPolling(options.kind, trace.getSpanContext(parent)))
        return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
      const attributes = keepAllowed(options.attributes ?? {});
      return guardSpan(startSpan(name, { ...options, attributes }, parent));
    }) satisfies Tracer["startSpan"],
  });
}

/** A trace begins with a request, a job or a span of ours, not when a library polls for work. */
function isPolling(kind: SpanKind | undefined, parent: ReturnType<typeof trace.getSpanContext>): boolean {
  const isRoot = parent === undefined || !trace.isSpanContextValid(parent);
  return isRoot && (kind === undefined || kind === SpanKind.INTERNAL || kind === SpanKind.CLIENT);
}

/** The SDK's `setAttributes` and `recordException` call these three. */
function guardSpan(span: Span): Span {
  const setAttribute = span.setAttribute.bind(span);
  const addEvent = span.addEvent.bind(span);
  const setStatus = span.setStatus.bind(span);
  return Object.assign(span, {
    setAttribute: ((key, value) =>
      allowed.has(key) ? setAttribute(key, value) : span) satisfies Span["setAttribute"],
    addEvent: ((name, attributesOrTime, time) =>
      isAttributes(attributesOrTime)
        ? addEvent(name, keepAllowed(attributesOrTime), time)
        : addEvent(name, attributesOrTime, time)) satisfies Span["addEvent"],
    setStatus: (({ code }) => setStatus({ code })) satisfies Span["setStatus"],
  });
}

function keepAllowed(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => allowed.has(key)));
}

function isAttributes(value: Parameters<Span["addEvent"]>[1]): value is Attributes {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}
