import type { Static } from "typebox";
import { problem } from "../../http/answers.ts";
import { Problem } from "../../http/problem.ts";
import type { Queue } from "../../queue/queue.ts";
import type { Database } from "../../store/client.ts";
import { lagOf, type SubscriptionRow } from "../../store/subscriptions/subscriptions.ts";
import type { Outbound } from "../../webhooks/outbound.ts";
import type { shapes } from "../../wire/shapes.ts";
import { subscriptionToWire } from "./subscription-wire.ts";

export const noSubscription = problem("The book has no such subscription");

/** A subscription as it is shown, with how far it is. Throws not-found where there is none. */
export async function show(
  { db, outbound }: { readonly db: Database; readonly outbound: Outbound },
  row: SubscriptionRow | null,
): Promise<Static<typeof shapes.Subscription>> {
  const lag = row === null ? undefined : (await lagOf(db, [row.id])).get(row.id);
  if (row === null || lag === undefined) throw new Problem("not-found", "The book has no such subscription");
  return subscriptionToWire(row, lag, outbound.vault);
}

/** Has the workers begin at once. Where the queue is away, they find it themselves a little later. */
export async function wake({ queue }: { readonly queue: Queue }, id: string): Promise<void> {
  await queue.add([id]).catch(() => {});
}
