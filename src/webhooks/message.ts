import { Webhook } from "standardwebhooks";
import { v5 as uuidv5 } from "uuid";

/** What is posted: the same bytes as were signed. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs as Standard Webhooks has it. Several secrets sign at once while one takes the place of another. */
export interface Signer {
  sign(message: { readonly id: string; readonly at: Date; readonly body: string }): Message;
}

export function buildSigner(secrets: readonly string[]): Signer {
  const webhooks = secrets.map((secret) => new Webhook(secret));
  return {
    sign: ({ id, at, body }) => ({
      headers: {
        "content-type": "application/json",
        "user-agent": "sipbook",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": webhooks.map((webhook) => webhook.sign(id, at, body)).join(" "),
      },
      body,
    }),
  };
}

/** The same for each try and each replay, so that a receiver knows what it has had; another for another subscription. */
export const messageId = (subscriptionId: string, changeId: string): string =>
  `msg_${uuidv5(changeId, subscriptionId)}`;

/** `data` is a change as the feed shows it. */
export function bodyOf(change: { readonly kind: string; readonly at: string }): string {
  return JSON.stringify({ type: `contact.${change.kind}`, timestamp: change.at, data: change });
}

/** A message that says nothing but that it arrives. */
export function pingBody(subscriptionId: string, at: Date): string {
  return JSON.stringify({ type: "sipbook.ping", timestamp: at.toISOString(), data: { subscriptionId } });
}
