import type { QueueTelemetry } from "../queue/backend.ts";

/** Records traces with OpenTelemetry if they are on (otel-start.ts), otherwise does nothing. */
export interface Tracing {
  /** Runs the work in a span, below the current one or `parent`; a null `parent` begins a new trace. */
  span<T>(name: string, options: SpanOptions, work: (span: OpenSpan) => Promise<T>): Promise<T>;
  /** Ids of the current trace and span, for a line of the log. */
  ids(): Readonly<Record<string, string>>;
  /** For the queues: a job continues the trace in which it was added. */
  readonly telemetry: QueueTelemetry | undefined;
  /** Sends the remaining spans, for at most 2 s. */
  close(): Promise<void>;
}

export interface SpanOptions {
  readonly parent?: OpenSpan | null | undefined;
  /** Spans of other traces that this work also belongs to. */
  readonly links?: readonly OpenSpan[];
}

export interface OpenSpan {
  link(other: OpenSpan): void;
  /** Adds the number of events and the first hundred ids. Only our own ids: a span has no personal data. */
  noteEvents(ids: readonly string[]): void;
}

const nowhere: OpenSpan = { link: () => {}, noteEvents: () => {} };

export const noTracing: Tracing = {
  span: (_name, _options, work) => work(nowhere),
  ids: () => ({}),
  telemetry: undefined,
  close: async () => {},
};
