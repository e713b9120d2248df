import type { Static } from "typebox";
import { problem } from "../../http/answers.ts";
import { Problem } from "../../http/problem.ts";
import type { Queue } from "../../queue/queue.ts";
import type { Database } from "../../store/client.ts";
import { lagOf, type SubscriptionRow } from "../../store/subscriptions/subscriptions.ts";
import type { Outbound } from "../../webhooks/outbound.ts";
import type { shapes } from "../../wire/shapes.ts";
import { subscriptionToWire } from "./subscription-wire.ts";

export const noSubscription = problem("Subscription not found in this book");

/** A subscription with its lag. Throws not-found for null. */
export async function show(
  { db, outbound }: { readonly db: Database; readonly outbound: Outbound },
  row: SubscriptionRow | null,
): Promise<Static<typeof shapes.Subscription>> {
  const lag = row === null ? undefined : (await lagOf(db, [row.id])).get(row.id);
  if (row === null || lag === undefined)
    throw new Problem("not-found", "Subscription not found in this book");
  return subscriptionToWire(row, lag, outbound.vault);
}

/** Lets the workers begin at once. If the queue is unreachable, the sweep finds the subscription a little later. */
export async function wake({ queue }: { readonly queue: Queue }, id: string): Promise<void> {
  await queue.add([id]).catch(() => {});
}
