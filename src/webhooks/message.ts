import { Webhook } from "standardwebhooks";
import { v5 as uuidv5 } from "uuid";

/** What is posted: exactly the bytes that were signed. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs as Standard Webhooks specifies. During a rotation, both secrets sign. */
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

/** The same for each retry and replay, so that a receiver detects duplicates; different for each subscription. */
export const messageId = (subscriptionId: string, changeId: string): string =>
  `msg_${uuidv5(changeId, subscriptionId)}`;

/** `data` is a change as the feed shows it. */
export function bodyOf(change: { readonly kind: string; readonly at: string }): string {
  return JSON.stringify({ type: `contact.${change.kind}`, timestamp: change.at, data: change });
}

/** A test message without a change. */
export function pingBody(subscriptionId: string, at: Date): string {
  return JSON.stringify({ type: "sipbook.ping", timestamp: at.toISOString(), data: { subscriptionId } });
}
