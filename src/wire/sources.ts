import { type Static, Type } from "typebox";
import { dialectNames } from "../dialects/dialects.ts";
import { Mapping } from "../dialects/generic/mapping.ts";
import { Id, Name, Nullable, OneOf, Time } from "../json/parts.ts";
import { VerdictCode } from "./events.ts";

// The PBXs and trunks that send events.

const Mode = OneOf(["immediate", "observe"]);

const MappingRef = Type.Unsafe<Mapping>({ $ref: "Mapping#" });

const settings = {
  mode: Type.Optional(Mode),
  mapping: Type.Optional(Nullable(MappingRef)),
  paused: Type.Optional(Type.Boolean()),
  trustedPath: Type.Optional(Type.Boolean()),
};

// A setting that is misspelt must not be taken for one that holds.
const closed = { additionalProperties: false };

/** `dialect`: `default` is the native one of POST /v1/events. */
export const SourceInput = Type.Object(
  { name: Name, dialect: Type.Optional(OneOf(dialectNames)), ...settings },
  closed,
);
export const SourcePatch = Type.Object(settings, closed);
const Counts = Type.Object({
  applied: Type.Integer(),
  held: Type.Integer(),
  recorded: Type.Integer(),
  stale: Type.Integer(),
  unmatched: Type.Integer(),
  failed: Type.Integer(),
  /** Without a verdict yet. */
  pending: Type.Integer(),
});

const Tally = Type.Object({ reason: Type.String(), times: Type.Integer(), lastAt: Time });

/** What a source sent of late. */
export const SourceActivity = Type.Object({
  /** The last request, with events or without. */
  lastReceivedAt: Nullable(Time),
  /** The last one that happened. */
  lastEvent: Nullable(
    Type.Object({
      id: Id,
      status: Type.Integer(),
      requestUri: Type.String(),
      occurredAt: Time,
      receivedAt: Time,
      verdict: Nullable(VerdictCode),
      rule: Nullable(Type.String()),
    }),
  ),
  lastHour: Counts,
  lastDay: Counts,
  isCapped: Type.Boolean(),
  ignored: Type.Array(Tally),
  rejected: Type.Array(Tally),
  unparsed: Type.Integer(),
  clock: Nullable(
    Type.Object({
      aheadAtLeastSeconds: Nullable(Type.Number()),
      behindAtMostSeconds: Nullable(Type.Number()),
      measuredOn: Type.Integer(),
      setBack: Type.Integer(),
    }),
  ),
  silence: Nullable(
    Type.Object({
      since: Time,
      seconds: Type.Integer(),
      usualSeconds: Nullable(Type.Number()),
      isUnusual: Type.Boolean(),
      text: Type.String(),
    }),
  ),
});

export const Source = Type.Object({
  id: Id,
  name: Type.String(),
  dialect: Type.String(),
  mode: Mode,
  /** Of the dialect `generic`: where a body has what we need. */
  mapping: Nullable(MappingRef),
  /** Since when nothing is taken of it; null: it is not paused. */
  pausedAt: Nullable(Time),
  trustedPath: Type.Boolean(),
  createdAt: Time,
  /** Left out of lists. */
  activity: Type.Optional(Type.Unsafe<Static<typeof SourceActivity>>({ $ref: "SourceActivity#" })),
});

/** The shapes by the names that openapi.yaml gives them. */
export const sourceShapes = { Mapping, Source, SourceActivity, SourceInput, SourcePatch } as const;
