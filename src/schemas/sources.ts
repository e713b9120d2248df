import { Type } from "typebox";
import { dialects } from "../domain/dialect.ts";
import { Id, Name, Nullable, OneOf, Time } from "../schema-parts.ts";

// The PBXs and trunks that send events.

const Mode = OneOf(["immediate", "observe"]);

const Mapping = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: "object",
  additionalProperties: true,
});

const settings = {
  mode: Type.Optional(Mode),
  mapping: Type.Optional(Nullable(Mapping)),
  paused: Type.Optional(Type.Boolean()),
  trustedPath: Type.Optional(Type.Boolean()),
};

/** `dialect`: `default` is the native one of POST /v1/events. */
export const SourceInput = Type.Object({
  name: Name,
  dialect: Type.Optional(OneOf(dialects)),
  ...settings,
});
export const SourcePatch = Type.Object(settings);
export const Source = Type.Object({
  id: Id,
  name: Type.String(),
  dialect: Type.String(),
  mode: Mode,
  /** Of the dialect `generic`: where a body has what we need. */
  mapping: Nullable(Mapping),
  /** Since when nothing is taken of it; null: it is not paused. */
  pausedAt: Nullable(Time),
  trustedPath: Type.Boolean(),
  createdAt: Time,
});

/** The shapes by the names that openapi.yaml gives them. */
export const sourceShapes = { Source, SourceInput, SourcePatch } as const;
