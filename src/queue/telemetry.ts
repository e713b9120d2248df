import { type Context, propagation } from "@opentelemetry/api";
import { BullMQOtel } from "bullmq-otel";
import type { QueueTelemetry } from "./backend.ts";

/** For queues and workers: a job carries the ids of the trace that it was added in, and nothing else of its context. */
export function openTelemetry(): QueueTelemetry {
  const telemetry = new BullMQOtel({ tracerName: "bullmq" });
  const { contextManager } = telemetry;
  const getMetadata = contextManager.getMetadata.bind(contextManager);
  // Baggage is whatever a caller's header says.
  const withoutBaggage = (carried: Context) => getMetadata(propagation.deleteBaggage(carried));
  Object.assign(contextManager, { getMetadata: withoutBaggage });
  return telemetry;
}
