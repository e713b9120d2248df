import { change, changeId, contactId, moment } from "./story.ts";

const subscriptionInput = {
  name: "CRM",
  url: "https://crm.example/hooks/sipbook",
  kinds: ["rewritten", "removed"],
};
const subscription = {
  ...subscriptionInput,
  id: "01936d2f-3c00-7000-8000-0000000000f1",
  sources: [],
  state: "active",
  disabledReason: null,
  disabledAt: null,
  after: 42,
  behind: 0,
  pending: 1,
  oldestPendingAt: "2026-11-22T10:00:00.120Z",
  failures: 0,
  failingSince: null,
  lastError: null,
  resumeAt: null,
  secretReadable: true,
  previousSecretUntil: null,
  createdAt: moment,
  updatedAt: moment,
};
const tried = { at: "2026-11-22T10:00:00.150Z", status: 204, error: null, ms: 31 };

/** Of webhooks. */
export const subscriptionExamples = {
  Delivery: {
    webhookId: "msg_0d1f2d3c-6c63-5d52-9e5a-0a3c6a1f9d11",
    sequence: 42,
    changeId,
    contactId,
    state: "delivered",
    attempts: 1,
    dueAt: null,
    settledAt: "2026-11-22T10:00:00.190Z",
    tries: [tried],
  },
  Ping: { ok: true, status: 204, error: null, ms: 31 },
  Replay: { since: 40 },
  Rotation: { overlapSeconds: 86_400 },
  Subscription: subscription,
  SubscriptionInput: subscriptionInput,
  SubscriptionPatch: { state: "paused" },
  Try: tried,
  WebhookMessage: { type: "contact.rewritten", timestamp: change.at, data: change },
};
