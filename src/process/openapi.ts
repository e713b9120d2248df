import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { stringify } from "yaml";
import type { Queue } from "../queue/queue.ts";
import { openDatabase } from "../store/client.ts";
import { buildMetrics } from "../telemetry/metrics.ts";
import { buildOutbound } from "../webhooks/outbound.ts";
import { buildApp } from "./app.ts";

export const documentFile = join(import.meta.dirname, "../../openapi.yaml");

/** Renders openapi.yaml from the routes. No handler runs, so it needs neither database nor queue. */
export async function renderDocument(): Promise<string> {
  // Connections open on first use, so none opens here.
  const db = openDatabase("postgresql://127.0.0.1:1/none", { poolSize: 1 });
  const app = await buildApp({
    db,
    queues: {
      events: noQueue,
      imports: noQueue,
      webhooks: noQueue,
      webhookRetries: noQueue,
      close: async () => {},
    },
    signal: { listen: () => () => {}, close: async () => {} },
    metrics: buildMetrics(),
    outbound: buildOutbound({ secretKey: null, webhookAllowPrivate: [] }),
    log: pino({ level: "silent" }),
    config: { trustProxy: false, publicUrl: null },
  });
  try {
    return stringify(app.swagger(), { aliasDuplicateObjects: false, lineWidth: 110, compat: "yaml-1.1" });
  } finally {
    await app.close();
    await db.close();
  }
}

const refuse = async (): Promise<never> => {
  throw new Error("The queue is not available while openapi.yaml is rendered");
};
const noQueue: Queue = { add: refuse, counts: refuse, ping: refuse, close: async () => {} };

if (import.meta.main) await writeFile(documentFile, await renderDocument());
