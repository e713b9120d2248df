import type { ShapeName } from "../schemas.ts";

const contactId = "01936d2f-3c00-7000-8000-0000000000c1";
const addressId = "01936d2f-3c00-7000-8000-0000000000a1";
const eventId = "01936d2f-3c00-7000-8000-0000000000e1";
const changeId = "01936d2f-3c00-7000-8000-0000000000d1";
const moment = "2026-11-22T10:00:00.000Z";

const address = {
  id: addressId,
  uri: "sip:alice@new.example",
  label: "work",
  state: "active",
  assertedUri: "sip:alice@old.example",
  assertedAt: "2026-11-01T08:00:00.000Z",
};
const addressInput = { uri: "sip:alice@old.example", label: "work" };
const contactInput = { name: "Alice", externalId: "crm-1", addresses: [addressInput] };
const eventInput = {
  id: "pbx1-4711",
  source: "default",
  occurredAt: moment,
  method: "INVITE",
  requestUri: "sip:alice@old.example",
  status: 301,
  reason: "Moved Permanently",
  contacts: ['"Alice" <sip:alice@new.example>;q=0.9'],
  callId: "a84b4c76e66710",
  cseq: 1,
};
const verdict = {
  code: "applied",
  rule: "moved-permanently",
  explanation: [
    "The source default reported 301 Moved Permanently for sip:alice@old.example at 2026-11-22T10:00:00.000Z, with sip:alice@new.example as the new address.",
  ],
};
const outcome = { contactId, addressId, code: "applied", rule: "moved-permanently", changeId };
const change = {
  id: changeId,
  sequence: 42,
  at: "2026-11-22T10:00:00.120Z",
  contactId,
  addressId,
  kind: "rewritten",
  before: { uri: "sip:alice@old.example", state: "active" },
  after: { uri: "sip:alice@new.example", state: "active" },
  cause: {
    kind: "event",
    eventId,
    status: 301,
    reason: "Moved Permanently",
    source: "default",
    actor: null,
    undoes: null,
    forced: false,
  },
};
const resolution = {
  uri: "sip:alice@old.example",
  key: "k1|sip:alice@old.example",
  answer: "moved",
  current: "sip:alice@new.example",
  hops: [
    {
      from: "sip:alice@old.example",
      to: "sip:alice@new.example",
      status: 301,
      occurredAt: moment,
      eventId,
    },
  ],
  contacts: [contactId],
  moreContacts: false,
  basis: "book",
  evidence: {
    lastAnsweredAt: "2026-11-20T09:30:00.000Z",
    lastEvent: {
      id: eventId,
      status: 301,
      occurredAt: moment,
      source: "default",
      verdict: "applied",
      rule: "moved-permanently",
    },
  },
};
const key = {
  id: "01936d2f-3c00-7000-8000-0000000000b1",
  name: "CRM",
  scopes: ["read"],
  source: null,
  createdAt: moment,
  expiresAt: null,
  revokedAt: null,
};

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

/** One example of each shape that openapi.yaml names. A test checks each against its shape. */
export const examples: Readonly<Record<string, unknown>> = {
  Address: address,
  AddressInput: addressInput,
  Book: {
    id: "01936d00-0000-7000-8000-000000000001",
    name: "default",
    emptyContact: "archive",
    createdAt: moment,
  },
  BookInput: { name: "sales", emptyContact: "archive" },
  Change: change,
  Contact: {
    id: contactId,
    name: "Alice",
    externalId: "crm-1",
    version: 3,
    addresses: [address],
    createdAt: "2026-11-01T08:00:00.000Z",
    updatedAt: "2026-11-22T10:00:00.120Z",
    archivedAt: null,
  },
  ContactInput: contactInput,
  ContactPatch: { name: "Alice Liddell" },
  ContactPut: { name: "Alice", addresses: [addressInput] },
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
  Event: {
    ...eventInput,
    id: eventId,
    sourceEventId: "pbx1-4711",
    receivedAt: "2026-11-22T10:00:00.090Z",
    clockAdjusted: false,
    reasonHeaders: [],
    warnings: [],
    diversion: [],
    expires: null,
    inDialog: false,
    followed: false,
    branchOutcomes: [],
    verdict,
    outcomes: [outcome],
    attempts: 1,
    error: null,
    raw: eventInput,
  },
  EventInput: eventInput,
  FeedPage: { items: [change], next: 42 },
  GoneAddress: {
    uri: "sip:alice@old.example",
    label: "work",
    contactId,
    externalId: "crm-1",
    name: "Alice",
    goneAt: moment,
    status: 410,
    reason: "Gone",
    source: "default",
    eventId,
  },
  Key: key,
  KeyInput: { name: "CRM", scopes: ["read"] },
  Outcome: outcome,
  Ping: { ok: true, status: 204, error: null, ms: 31 },
  Problem: {
    type: "urn:sipbook:problem:invalid-input",
    title: "The input does not have the shape that this call takes",
    status: 422,
    detail: "The body is at fault in one place",
    errors: [{ pointer: "/addresses/0/uri", detail: "is required" }],
  },
  Backlog: {
    pendingEvents: 12,
    oldestPendingSeconds: 0.4,
    queues: {
      events: { waiting: 1, active: 1, delayed: 0, failed: 0 },
      imports: { waiting: 0, active: 0, delayed: 0, failed: 0 },
      webhooks: { waiting: 0, active: 0, delayed: 0, failed: 0 },
    },
  },
  Readiness: {
    ok: false,
    checks: {
      postgres: { ok: true, reason: null },
      queue: { ok: false, reason: "The queue does not answer" },
      migrations: { ok: true, reason: null },
    },
  },
  Receipts: {
    accepted: 1,
    duplicates: 0,
    rejected: 0,
    events: [{ id: eventId, sourceEventId: "pbx1-4711", state: "accepted" }],
  },
  Resolution: resolution,
  Resolutions: { items: [resolution] },
  ResolveInput: { uris: ["sip:alice@old.example", "tel:+15550100"] },
  Replay: { since: 40 },
  Rotation: { overlapSeconds: 86_400 },
  Source: {
    id: "01936d00-0000-7000-8000-000000000002",
    name: "default",
    dialect: "default",
    mode: "immediate",
    createdAt: moment,
  },
  SourceInput: { name: "trunk-1", dialect: "kamailio", mode: "observe" },
  SourcePatch: { mode: "immediate" },
  Subscription: subscription,
  SubscriptionInput: subscriptionInput,
  SubscriptionPatch: { state: "paused" },
  Try: tried,
  Verdict: verdict,
  WebhookMessage: { type: "contact.rewritten", timestamp: change.at, data: change },
} satisfies Record<ShapeName, unknown>;
