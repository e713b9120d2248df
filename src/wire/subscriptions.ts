import { type Static, Type } from "typebox";
import { Id, Name, Nullable, OneOf, TextOf, Time } from "../json/parts.ts";

/** Every kind of change, as the history names it. */
export const changeKinds = [
  "asserted",
  "rewritten",
  "removed",
  "restored",
  "merged",
  "archived",
  "corrected",
] as const;

const Kinds = Type.Array(OneOf(changeKinds), { uniqueItems: true, maxItems: changeKinds.length });
const Sources = Type.Array(Name, { uniqueItems: true, maxItems: 100 });
const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Url = TextOf(2048, 1);

/** `kinds` and `sources` filter; left out or empty they let everything through. */
const SubscriptionInput = Type.Object({
  name: TextOf(200, 1),
  url: Url,
  kinds: Type.Optional(Kinds),
  sources: Type.Optional(Sources),
  /** Left out: from now on. */
  after: Type.Optional(Sequence),
});

const SubscriptionPatch = Type.Object({
  name: Type.Optional(TextOf(200, 1)),
  url: Type.Optional(Url),
  kinds: Type.Optional(Kinds),
  sources: Type.Optional(Sources),
  state: Type.Optional(OneOf(["active", "paused"])),
});

const Subscription = Type.Object({
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
});

export const Try = Type.Object({
  at: Time,
  status: Nullable(Type.Integer()),
  error: Nullable(Type.String()),
  ms: Type.Integer(),
});

const Delivery = Type.Object({
  webhookId: Type.String(),
  sequence: Type.Integer(),
  changeId: Id,
  contactId: Id,
  state: OneOf(["pending", "delivered", "failed"]),
  attempts: Type.Integer(),
  dueAt: Nullable(Time),
  settledAt: Nullable(Time),
  tries: Type.Array(Type.Unsafe<Static<typeof Try>>({ $ref: "Try#" })),
});

/** What a test message came to. */
const Ping = Type.Object({
  ok: Type.Boolean(),
  status: Nullable(Type.Integer()),
  error: Nullable(Type.String()),
  ms: Type.Integer(),
});

const Rotation = Type.Object({
  overlapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 * 86_400, default: 86_400 })),
});
const Replay = Type.Object({ since: Sequence });

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
