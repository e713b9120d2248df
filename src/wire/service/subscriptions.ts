import { type Static, Type } from "typebox";
import { Id, Name, Nullable, OneOf, TextOf, Time } from "../../json/parts.ts";
import { changeKinds } from "../book/changes.ts";
import { changeId, contactId, moment } from "../book/story.ts";

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

const Kinds = Type.Array(OneOf(changeKinds), { uniqueItems: true, maxItems: changeKinds.length });
const Sources = Type.Array(Name, { uniqueItems: true, maxItems: 100 });
const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Url = TextOf(2048, 1);

const SubscriptionInput = Type.Object(
  {
    name: TextOf(200, 1),
    url: Url,
    kinds: Type.Optional(Kinds),
    sources: Type.Optional(Sources),
    /** If omitted: from now on. */
    after: Type.Optional(Sequence),
  },
  {
    description:
      "Only changes of these `kinds` and `sources` are delivered; an omitted or empty list means all of them. Deliveries begin after the sequence `after`, or with the next change.",
    examples: [subscriptionInput],
  },
);

const SubscriptionPatch = Type.Object(
  {
    name: Type.Optional(TextOf(200, 1)),
    url: Type.Optional(Url),
    kinds: Type.Optional(Kinds),
    sources: Type.Optional(Sources),
    state: Type.Optional(OneOf(["active", "paused"])),
  },
  {
    description:
      "Omitted settings stay unchanged. `active` enables the subscription again from where it stopped. New filters apply to changes that have no delivery yet.",
    examples: [{ state: "paused" }],
  },
);

const Subscription = Type.Object(
  {
    id: Id,
    name: Type.String(),
    url: Type.String(),
    kinds: Kinds,
    sources: Type.Array(Type.String()),
    state: OneOf(["active", "paused", "disabled"]),
    disabledReason: Nullable(OneOf(["gone", "failing", "feed-trimmed"])),
    disabledAt: Nullable(Time),
    after: Type.Integer(),
    behind: Type.Integer(),
    pending: Type.Integer(),
    oldestPendingAt: Nullable(Time),
    failures: Type.Integer(),
    failingSince: Nullable(Time),
    lastError: Nullable(Type.String()),
    resumeAt: Nullable(Time),
    secretReadable: Type.Boolean(),
    previousSecretUntil: Nullable(Time),
    createdAt: Time,
    updatedAt: Time,
    /** Only in the response that creates it. */
    secret: Type.Optional(Type.String()),
  },
  {
    description:
      "A receiver of changes. Deliveries exist up to the sequence `after`, `behind` changes come after it, and `pending` deliveries wait to be sent. `secret` is only in the response that creates it.",
    examples: [subscription],
  },
);

export const Try = Type.Object(
  { at: Time, status: Nullable(Type.Integer()), error: Nullable(Type.String()), ms: Type.Integer() },
  { description: "One attempt to deliver: the status of the response, or the error.", examples: [tried] },
);

const Delivery = Type.Object(
  {
    webhookId: Type.String(),
    sequence: Type.Integer(),
    changeId: Id,
    contactId: Id,
    state: OneOf(["pending", "delivered", "failed"]),
    attempts: Type.Integer(),
    dueAt: Nullable(Time),
    settledAt: Nullable(Time),
    tries: Type.Array(Type.Unsafe<Static<typeof Try>>({ $ref: "Try#" })),
  },
  {
    description:
      "One change for one subscription, with its latest attempts in `tries`. `webhookId` is the header `webhook-id`, the same for each attempt and each replay.",
    examples: [
      {
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
    ],
  },
);

const Ping = Type.Object(
  {
    ok: Type.Boolean(),
    status: Nullable(Type.Integer()),
    error: Nullable(Type.String()),
    ms: Type.Integer(),
  },
  {
    description: "The result of a test message. `ok` is true for a 2xx response.",
    examples: [{ ok: true, status: 204, error: null, ms: 31 }],
  },
);

const Rotation = Type.Object(
  { overlapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 * 86_400, default: 86_400 })) },
  {
    description: "For `overlapSeconds` the previous secret signs as well; 0 ends it at once.",
    examples: [{ overlapSeconds: 86_400 }],
  },
);
const Replay = Type.Object(
  { since: Sequence },
  {
    description: "Deliver all changes after the sequence `since`, even those that were delivered before.",
    examples: [{ since: 40 }],
  },
);

export const subscriptionShapes = {
  Delivery,
  Ping,
  Replay,
  Rotation,
  Subscription,
  SubscriptionInput,
  SubscriptionPatch,
  Try,
} as const;
