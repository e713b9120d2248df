import { type Static, Type } from "typebox";
import { verdictCodes } from "../domain/rules/rules.ts";
import { Id, Nullable, OneOf, Time } from "../json/parts.ts";

/** How many addresses one call may ask for. */
export const mostUris = 500;

const Hop = Type.Object({
  from: Type.String(),
  to: Nullable(Type.String()),
  status: Type.Integer(),
  occurredAt: Time,
  eventId: Id,
});

const LastEvent = Type.Object({
  id: Id,
  status: Type.Integer(),
  occurredAt: Time,
  source: Type.String(),
  verdict: Nullable(OneOf(verdictCodes)),
  rule: Nullable(Type.String()),
});

/** Where an address went. `problem` is there where the answer is `invalid`. */
const Resolution = Type.Object({
  uri: Type.String(),
  key: Nullable(Type.String()),
  answer: OneOf(["active", "moved", "gone", "unknown", "invalid"]),
  current: Nullable(Type.String()),
  hops: Type.Array(Hop),
  contacts: Type.Array(Id),
  moreContacts: Type.Boolean(),
  basis: OneOf(["book", "calls", "none"]),
  evidence: Type.Object({ lastAnsweredAt: Nullable(Time), lastEvent: Nullable(LastEvent) }),
  problem: Type.Optional(Type.Unsafe<unknown>({ $ref: "Problem#" })),
});

/** Any text may stand among the `uris`: what is no address is answered in its place. */
const ResolveInput = Type.Object({ uris: Type.Array(Type.String(), { maxItems: mostUris }) });

/** One answer for each address, in the order in which they were asked for. */
const Resolutions = Type.Object({
  items: Type.Array(Type.Unsafe<Static<typeof Resolution>>({ $ref: "Resolution#" })),
});

export const resolveShapes = { Resolution, Resolutions, ResolveInput } as const;
