import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import type { DeliveryRow } from "../../store/subscriptions/deliveries.ts";
import type { Lag, SubscriptionRow } from "../../store/subscriptions/subscriptions.ts";
import type { Vault } from "../../vault/vault.ts";
import { messageId } from "../../webhooks/message.ts";
import { Try } from "../../wire/service/subscriptions.ts";
import { shapes } from "../../wire/shapes.ts";

const Tries = Type.Array(Try);
type Subscription = Static<typeof shapes.Subscription>;
type Delivery = Static<typeof shapes.Delivery>;

/** Without the secret: a response that shows it adds it. */
export function subscriptionToWire(row: SubscriptionRow, lag: Lag, vault: Vault | null): Subscription {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    kinds: row.kinds,
    sources: row.sources,
    state: row.state,
    disabledReason: readReason(row),
    disabledAt: row.disabledAt?.toISOString() ?? null,
    after: Number(row.cursor),
    behind: Number(lag.behind),
    pending: lag.pending,
    oldestPendingAt: lag.oldestPendingAt?.toISOString() ?? null,
    failures: row.failures,
    failingSince: row.failingSince?.toISOString() ?? null,
    lastError: row.lastError,
    resumeAt: row.resumeAt?.toISOString() ?? null,
    secretReadable: vault !== null && vault.open(row.secret, row.id) !== null,
    previousSecretUntil: row.previousUntil?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

function readReason({ id, disabledReason }: SubscriptionRow): Subscription["disabledReason"] {
  const reason = shapes.Subscription.properties.disabledReason;
  if (!Check(reason, disabledReason)) throw new TypeError(`Subscription ${id} has an invalid disabledReason`);
  return disabledReason;
}

export function deliveryToWire(row: DeliveryRow): Delivery {
  const { tries } = row;
  if (!Check(Tries, tries)) throw new TypeError(`Delivery ${row.sequence} has invalid tries`);
  return {
    webhookId: messageId(row.subscriptionId, row.changeId),
    sequence: Number(row.sequence),
    changeId: row.changeId,
    contactId: row.contactId,
    state: row.state,
    attempts: row.attempts + row.putOff,
    dueAt: row.state === "pending" ? row.dueAt.toISOString() : null,
    settledAt: row.settledAt?.toISOString() ?? null,
    tries,
  };
}
