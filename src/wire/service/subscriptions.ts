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
    /** Left out: from now on. */
    after: Type.Optional(Sequence),
  },
  {
    description:
      "`kinds` and `sources` let through what they name, and everything where they are left out or empty. Deliveries begin after the sequence `after`, or with the next change.",
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
      "What is left out stays. `active` enables again, from where it stopped; new filters hold for changes that no delivery was made of yet.",
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
    /** There once: in the answer that makes it. */
    secret: Type.Optional(Type.String()),
  },
  {
    description:
      "Who is told of changes, and how far: deliveries are made up to the sequence `after`, `behind` changes wait beyond it, and `pending` deliveries wait to be sent. `secret` is there once, in the answer that makes it.",
    examples: [subscription],
  },
);

export const Try = Type.Object(
  {
    at: Time,
    status: Nullable(Type.Integer()),
    error: Nullable(Type.String()),
    ms: Type.Integer(),
  },
  { description: "One sending: the status that came back, or why none did.", examples: [tried] },
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
      "One change for one subscription, with its latest tries. `webhookId` is the header `webhook-id`, the same at each try and each replay.",
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
    description: "What a test message came to. `ok` is true for an answer 2xx.",
    examples: [{ ok: true, status: 204, error: null, ms: 31 }],
  },
);

const Rotation = Type.Object(
  {
    overlapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 * 86_400, default: 86_400 })),
  },
  {
    description: "For so long the former secret signs as well; 0 ends it at once.",
    examples: [{ overlapSeconds: 86_400 }],
  },
);
const Replay = Type.Object(
  { since: Sequence },
  {
    description: "Everything after the sequence `since` is delivered, again where it was before.",
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
