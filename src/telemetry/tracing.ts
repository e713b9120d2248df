import type { QueueTelemetry } from "../queue/backend.ts";

/** Traces are OpenTelemetry's where they are switched on (src/otel), and nothing at all where they are not. */
export interface Tracing {
  /** Does the work in a span, below the one at work now or the one that is given; `null` begins a trace of its own. */
  span<T>(name: string, options: SpanOptions, work: (span: OpenSpan) => Promise<T>): Promise<T>;
  /** The present trace and span, for a line of the log. */
  ids(): Readonly<Record<string, string>>;
  /** For the queues: a job goes on with the trace of whoever added it. */
  readonly telemetry: QueueTelemetry | undefined;
  /** Hands over what is left, for 2 s at most. */
  close(): Promise<void>;
}

export interface SpanOptions {
  readonly parent?: OpenSpan | null | undefined;
  /** Spans of other traces that this one works for, too. */
  readonly links?: readonly OpenSpan[];
}

export interface OpenSpan {
  link(other: OpenSpan): void;
  /** Notes how many these are, and the ids of the first hundred. Ids of ours only: a span says nothing personal. */
  noteEvents(ids: readonly string[]): void;
}

const nowhere: OpenSpan = { link: () => {}, noteEvents: () => {} };

export const noTracing: Tracing = {
  span: (_name, _options, work) => work(nowhere),
  ids: () => ({}),
  telemetry: undefined,
  close: async () => {},
};
