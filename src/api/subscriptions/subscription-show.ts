import type { Static } from "typebox";
import { problem } from "../../http/answers.ts";
import { orNotFound } from "../../http/problem.ts";
import type { Queue } from "../../queue/queue.ts";
import type { Database } from "../../store/client.ts";
import { lagOf, type SubscriptionRow } from "../../store/subscriptions/subscriptions.ts";
import type { Outbound } from "../../webhooks/outbound.ts";
import type { shapes } from "../../wire/shapes.ts";
import { subscriptionToWire } from "./subscription-wire.ts";

export const noSubscription = problem("Subscription not found in this book");

/** Throws not-found for null. */
export const orNoSubscription = <T>(row: T | null): T => orNotFound(row, noSubscription.description);

/** A subscription with its lag. Throws not-found for null. */
export async function show(
  { db, outbound }: { readonly db: Database; readonly outbound: Outbound },
  row: SubscriptionRow | null,
): Promise<Static<typeof shapes.Subscription>> {
  const subscription = orNoSubscription(row);
  const lags = await lagOf(db, [subscription.id]);
  const lag = orNoSubscription(lags.get(subscription.id) ?? null);
  return subscriptionToWire(subscription, lag, outbound.vault);
}

/** Lets the workers begin at once. If the queue is unreachable, the sweep finds the subscription a little later. */
export async function wake({ queue }: { readonly queue: Queue }, id: string): Promise<void> {
  await queue.add([id]).catch(() => {});
}
