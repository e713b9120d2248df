import { type Static, Type } from "typebox";
import { dialectNames } from "../../dialects/dialects.ts";
import { Mapping, readMapping } from "../../dialects/generic/mapping.ts";
import { Id, Name, Nullable, OneOf, Time } from "../../json/parts.ts";
import type { SourceRow } from "../../store/sources/sources.ts";
import { moment } from "../book/story.ts";
import { SourceActivity } from "./source-activity.ts";

const Mode = OneOf(["immediate", "observe"]);

const MappingRef = Type.Unsafe<Mapping>({ $ref: "Mapping#" });

const settings = {
  mode: Type.Optional(Mode),
  mapping: Type.Optional(Nullable(MappingRef)),
  paused: Type.Optional(Type.Boolean()),
  trustedPath: Type.Optional(Type.Boolean()),
};

// A misspelt setting must be an error, or the caller would believe that it took effect.
const closed = { additionalProperties: false };

export const SourceInput = Type.Object(
  { name: Name, dialect: Type.Optional(OneOf(dialectNames)), ...settings },
  {
    ...closed,
    description:
      "`mode` is `immediate` (a single event changes addresses) or `observe` (events are recorded and change nothing). `mapping` is for the dialect `generic` only. A source of the dialect `hep` starts in `observe`. It can be `immediate` only with `trustedPath`, by which the operator confirms that nobody else can reach the port.",
    examples: [{ name: "trunk-1", dialect: "kamailio", mode: "observe" }],
  },
);
export const SourcePatch = Type.Object(settings, {
  ...closed,
  description: "Omitted settings stay unchanged.",
  examples: [{ mode: "immediate" }],
});
export const Source = Type.Object(
  {
    id: Id,
    name: Type.String(),
    dialect: Type.String(),
    mode: Mode,
    /** For the dialect `generic`: where a body has the fields. */
    mapping: Nullable(MappingRef),
    /** Null if the source is not paused. */
    pausedAt: Nullable(Time),
    trustedPath: Type.Boolean(),
    createdAt: Time,
    /** Omitted in lists. */
    activity: Type.Optional(Type.Unsafe<Static<typeof SourceActivity>>({ $ref: "SourceActivity#" })),
  },
  {
    description: "A PBX or trunk that sends events in one dialect. While it is paused, its reports get 503.",
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

/** The shapes by their names in openapi.yaml. */
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
