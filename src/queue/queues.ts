import type { Logger } from "pino";
import { openQueue, type Queue, type QueueConnection } from "./queue.ts";

/**
 * They hold ids of events to decide, of imports to continue, and of subscriptions to deliver to. Subscriptions whose
 * endpoint failed last time have their own queue, so that they do not delay the others.
 */
export const queueNames = ["events", "imports", "webhooks", "webhookRetries"] as const;
export type QueueName = (typeof queueNames)[number];

export interface Queues extends Readonly<Record<QueueName, Queue>> {
  close(): Promise<void>;
}

/** The queue's name at the backend. Tests separate their queues by a prefix. */
export const queueName = (name: QueueName, prefix?: string): string =>
  prefix === undefined ? name : `${prefix}-${name}`;

/** Opens the producing sides. Rejects in the same cases as `openQueue`. */
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
