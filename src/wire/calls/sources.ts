import { type Static, Type } from "typebox";
import { dialectNames } from "../../dialects/dialects.ts";
import { Mapping, readMapping } from "../../dialects/generic/mapping.ts";
import { Id, Name, Nullable, OneOf, Time } from "../../json/parts.ts";
import type { SourceRow } from "../../store/sources/sources.ts";
import { moment } from "../book/story.ts";
import { SourceActivity } from "./source-activity.ts";

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

export const SourceInput = Type.Object(
  { name: Name, dialect: Type.Optional(OneOf(dialectNames)), ...settings },
  {
    ...closed,
    description:
      "`mode` is `immediate` (one event acts) or `observe` (events are recorded and change nothing). `mapping` goes with the dialect `generic`. The dialect `hep` begins in `observe`, and is `immediate` only with `trustedPath`: an operator's word that nobody else reaches the port.",
    examples: [{ name: "trunk-1", dialect: "kamailio", mode: "observe" }],
  },
);
export const SourcePatch = Type.Object(settings, {
  ...closed,
  description: "What is left out stays.",
  examples: [{ mode: "immediate" }],
});
export const Source = Type.Object(
  {
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
  },
  {
    description:
      "A PBX or trunk that sends events, in a dialect. While it is paused its reports are answered 503.",
    examples: [
      {
        id: "01936d00-0000-7000-8000-000000000002",
        name: "default",
        dialect: "default",
        mode: "immediate",
        mapping: null,
        pausedAt: null,
        trustedPath: false,
        createdAt: moment,
      },
    ],
  },
);

/** The shapes by the names that openapi.yaml gives them. */
export const sourceShapes = { Mapping, Source, SourceActivity, SourceInput, SourcePatch } as const;

export function sourceToWire(row: SourceRow): Static<typeof Source> {
  const { id, name, dialect, mode, mapping, pausedAt, trustedPath, createdAt } = row;
  return {
    id,
    name,
    dialect,
    mode,
    mapping: readMapping(mapping),
    pausedAt: pausedAt?.toISOString() ?? null,
    trustedPath,
    createdAt: createdAt.toISOString(),
  };
}
