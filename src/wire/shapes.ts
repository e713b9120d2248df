import { type Static, Type } from "typebox";
import { Id, Name, Nullable, OneOf, TextOf, Time, Uri } from "../json/parts.ts";
import { eventShapes } from "./events.ts";
import { GoneAddress } from "./exports.ts";
import { Import, ImportRow } from "./imports.ts";
import { resolveShapes } from "./resolve.ts";
import { sourceSecretShapes } from "./source-secrets.ts";
import { sourceTestShapes } from "./source-test.ts";
import { sourceShapes } from "./sources.ts";
import { changeKinds, subscriptionShapes } from "./subscriptions.ts";
import { unparsedShapes } from "./unparsed.ts";

// Every named shape on the wire. An unknown property of a body is ignored.

const State = OneOf(["active", "gone"]);

export type ShapeName = keyof typeof shapes;

/** A named shape, by reference: openapi.yaml says it once. */
export const ref = <N extends ShapeName>(name: N) =>
  Type.Unsafe<Static<(typeof shapes)[N]>>({ $ref: `${name}#` });
/** One page of a list; `next` is the cursor of the following one. */
export const listOf = <N extends ShapeName>(name: N) =>
  Type.Object({ items: Type.Array(ref(name)), next: Nullable(Type.String()) });

export const AddressInput = Type.Object({
  id: Type.Optional(Id),
  uri: Uri,
  label: Type.Optional(Nullable(TextOf(200))),
  assertedAt: Type.Optional(Time),
});

export const ContactInput = Type.Object({
  name: TextOf(500, 1),
  externalId: Type.Optional(Nullable(TextOf(256, 1))),
  addresses: Type.Array(Type.Unsafe<Static<typeof AddressInput>>({ $ref: "AddressInput#" }), {
    maxItems: 100,
  }),
});

export const ContactPatch = Type.Partial(ContactInput);

/** `externalId` stands in the path. */
export const ContactPut = Type.Object({
  name: TextOf(500, 1),
  addresses: Type.Optional(
    Type.Array(Type.Unsafe<Static<typeof AddressInput>>({ $ref: "AddressInput#" }), { maxItems: 100 }),
  ),
});

export const Address = Type.Object({
  id: Id,
  uri: Type.String(),
  label: Nullable(Type.String()),
  state: State,
  assertedUri: Type.String(),
  assertedAt: Time,
});

export const Contact = Type.Object({
  id: Id,
  name: Type.String(),
  externalId: Nullable(Type.String()),
  version: Type.Integer(),
  addresses: Type.Array(Type.Unsafe<Static<typeof Address>>({ $ref: "Address#" })),
  createdAt: Time,
  updatedAt: Time,
  archivedAt: Nullable(Time),
});

export const Seen = Type.Object({
  uri: Type.String(),
  state: OneOf(["active", "gone", "removed", "merged"]),
});

export const ChangeKind = OneOf(changeKinds);

/** One row of history. `addressId`, `before` and `after` are null where the change is about the contact itself. */
export const Change = Type.Object({
  id: Id,
  sequence: Type.Integer(),
  at: Time,
  contactId: Id,
  addressId: Nullable(Id),
  kind: ChangeKind,
  before: Nullable(Seen),
  after: Nullable(Seen),
  cause: Type.Object({
    kind: OneOf(["event", "person", "import", "undo", "approval"]),
    eventId: Nullable(Id),
    status: Nullable(Type.Integer()),
    reason: Nullable(Type.String()),
    source: Nullable(Type.String()),
    actor: Nullable(Type.String()),
    undoes: Nullable(Id),
    forced: Type.Boolean(),
    /** The import that made the change, or whose undo did. */
    import: Nullable(Id),
  }),
});

/** What a webhook posts. */
const WebhookMessage = Type.Object({
  type: OneOf(changeKinds.map((kind) => `contact.${kind}` as const)),
  timestamp: Time,
  data: Type.Unsafe<Static<typeof Change>>({ $ref: "Change#" }),
});

/** The feed: changes in order; `next` is the sequence to go on from. */
export const FeedPage = Type.Object({
  items: Type.Array(Type.Unsafe<Static<typeof Change>>({ $ref: "Change#" })),
  next: Type.Integer(),
});

const Scope = OneOf(["ingest", "read", "write", "admin"]);

/** `source` is required with, and only with, the scope `ingest`. */
export const KeyInput = Type.Object({
  name: TextOf(200, 1),
  scopes: Type.Array(Scope, { minItems: 1, uniqueItems: true }),
  source: Type.Optional(Nullable(Name)),
  expiresAt: Type.Optional(Nullable(Time)),
});

/** `key` is there once, in the answer that makes it. */
export const Key = Type.Object({
  id: Id,
  name: Type.String(),
  scopes: Type.Array(Scope),
  source: Nullable(Type.String()),
  createdAt: Time,
  expiresAt: Nullable(Time),
  revokedAt: Nullable(Time),
  key: Type.Optional(Type.String()),
});

const EmptyContact = OneOf(["archive", "keep"]);

const Share = Type.Number({ minimum: 0, maximum: 1 });

/** `emptyContact`: what becomes of a contact whose last address is gone. */
export const BookInput = Type.Object({
  name: Name,
  emptyContact: Type.Optional(EmptyContact),
  importRemovalShare: Type.Optional(Share),
});
export const BookPatch = Type.Object({ importRemovalShare: Type.Optional(Share) });
export const Book = Type.Object({
  id: Id,
  name: Type.String(),
  emptyContact: EmptyContact,
  importRemovalShare: Share,
  createdAt: Time,
});

const JobCounts = Type.Object({
  waiting: Type.Integer(),
  active: Type.Integer(),
  delayed: Type.Integer(),
  failed: Type.Integer(),
});

/** What waits. `pendingEvents` is counted up to 100,000; a queue that does not answer is null. */
export const Backlog = Type.Object({
  pendingEvents: Type.Integer(),
  oldestPendingSeconds: Type.Number(),
  queues: Type.Object({
    events: Nullable(JobCounts),
    imports: Nullable(JobCounts),
    webhooks: Nullable(JobCounts),
    webhookRetries: Nullable(JobCounts),
  }),
});

const Check = Type.Object({ ok: Type.Boolean(), reason: Nullable(Type.String()) });

/** What the service leans on, each by itself. `reason` says what is wrong, for the operator. */
export const Readiness = Type.Object({
  ok: Type.Boolean(),
  checks: Type.Object({ postgres: Check, queue: Check, migrations: Check }),
});

export const ProblemShape = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }))),
  links: Type.Optional(Type.Record(Type.String(), Type.String())),
  next: Type.Optional(Type.Integer()),
});

/** The shapes by the names that openapi.yaml gives them. */
export const shapes = {
  Address,
  AddressInput,
  Backlog,
  Book,
  BookInput,
  BookPatch,
  Change,
  Contact,
  ContactInput,
  ContactPatch,
  ContactPut,
  ...eventShapes,
  FeedPage,
  GoneAddress,
  Import,
  ImportRow,
  Key,
  KeyInput,
  Problem: ProblemShape,
  Readiness,
  ...resolveShapes,
  ...sourceShapes,
  ...sourceSecretShapes,
  ...sourceTestShapes,
  WebhookMessage,
  ...subscriptionShapes,
  ...unparsedShapes,
} as const;
