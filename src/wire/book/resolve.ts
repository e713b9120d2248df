import { type Static, Type } from "typebox";
import { verdictCodes } from "../../domain/rules/rules.ts";
import { Id, Nullable, OneOf, Time } from "../../json/parts.ts";
import type { CallEvidence } from "../../store/resolve/evidence.ts";
import type { AskedAddress, ResolvedAddress } from "../../store/resolve/resolve.ts";
import { contactId, eventId, moment } from "./story.ts";

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

/** Most addresses in one request. */
const maxUris = 500;

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

const Resolution = Type.Object(
  {
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
  },
  {
    description:
      "Where an address leads now. Dial `current`: it is the address itself if it is `active`, the new address if it `moved`, otherwise null. `basis` is the origin of the answer: contacts of the `book`, or `calls` alone. `to` of a hop is null if a call ended in 410. `contacts` have or had the address; `moreContacts` is true if there are more of them.",
    examples: [resolution],
  },
);

const ResolveInput = Type.Object(
  { uris: Type.Array(Type.String(), { maxItems: maxUris }) },
  {
    description: "Addresses in any spelling. An invalid one gets the answer `invalid` at its position.",
    examples: [{ uris: ["sip:alice@old.example", "tel:+15550100"] }],
  },
);

const Resolutions = Type.Object(
  { items: Type.Array(Type.Unsafe<Static<typeof Resolution>>({ $ref: "Resolution#" })) },
  { description: "One item for each URI, in the order of the request.", examples: [{ items: [resolution] }] },
);

export const resolveShapes = { Resolution, Resolutions, ResolveInput } as const;

type WireResolution = Static<typeof Resolution>;

export function answerToWire({ uri, key }: AskedAddress, answer: ResolvedAddress): WireResolution {
  return {
    uri,
    key,
    ...answer,
    hops: answer.hops.map((hop) => ({ ...hop, occurredAt: new Date(hop.occurredAt).toISOString() })),
    contacts: [...answer.contacts],
    evidence: evidenceToWire(answer.evidence),
  };
}

export function evidenceToWire(evidence: CallEvidence | null): WireResolution["evidence"] {
  if (evidence === null) return { lastAnsweredAt: null, lastEvent: null };
  const { lastEventId, status, occurredAt, source, verdict, rule, lastAnsweredAt } = evidence;
  return {
    lastAnsweredAt: lastAnsweredAt?.toISOString() ?? null,
    lastEvent: { id: lastEventId, status, occurredAt: occurredAt.toISOString(), source, verdict, rule },
  };
}
