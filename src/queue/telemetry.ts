import { type Context, propagation } from "@opentelemetry/api";
import { BullMQOtel } from "bullmq-otel";
import type { QueueTelemetry } from "./backend.ts";

/** For queues and workers: a job carries the ids of its trace and no baggage. */
export function openTelemetry(): QueueTelemetry {
  const telemetry = new BullMQOtel({ tracerName: "bullmq" });
  const { contextManager } = telemetry;
  const getMetadata = contextManager.getMetadata.bind(contextManager);
  // Baggage is anything that a caller puts in a header.
  const withoutBaggage = (carried: Context) => getMetadata(propagation.deleteBaggage(carried));
  Object.assign(contextManager, { getMetadata: withoutBaggage });
  return telemetry;
}
