import type { Logger } from "pino";
import { openQueue, type Queue, type QueueConnection } from "./queue.ts";

/**
 * What waits in each: ids of events to decide, of imports to go on with, of subscriptions to deliver to. Those whose
 * endpoint failed last time wait apart, so that nobody else waits for its silence.
 */
export const queueNames = ["events", "imports", "webhooks", "webhookRetries"] as const;
export type QueueName = (typeof queueNames)[number];

export interface Queues extends Readonly<Record<QueueName, Queue>> {
  close(): Promise<void>;
}

/** The queue's name at the backend. A prefix keeps those of tests apart. */
export const queueName = (name: QueueName, prefix?: string): string =>
  prefix === undefined ? name : `${prefix}-${name}`;

/** The producing sides. They succeed and reject as `openQueue` does. */
export async function openQueues(
  options: QueueConnection & { readonly log: Logger; readonly prefix?: string | undefined },
): Promise<Queues> {
  const opened: Queue[] = [];
  const close = async () => void (await Promise.all(opened.map((queue) => queue.close())));
  const open = async (name: QueueName): Promise<Queue> => {
    const queue = await openQueue({ ...options, name: queueName(name, options.prefix) });
    opened.push(queue);
    return queue;
  };
  try {
    return {
      events: await open("events"),
      imports: await open("imports"),
      webhooks: await open("webhooks"),
      webhookRetries: await open("webhookRetries"),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
