import { Type } from "typebox";
import { dialects } from "../domain/dialect.ts";
import { Id, Name, OneOf, Time } from "../schema-parts.ts";

// The PBXs and trunks that send events.

const Mode = OneOf(["immediate", "observe"]);

/** `dialect`: `default` is the native one of POST /v1/events. */
export const SourceInput = Type.Object({
  name: Name,
  dialect: Type.Optional(OneOf(dialects)),
  mode: Type.Optional(Mode),
});
export const SourcePatch = Type.Object({ mode: Type.Optional(Mode) });
export const Source = Type.Object({
  id: Id,
  name: Type.String(),
  dialect: Type.String(),
  mode: Mode,
  createdAt: Time,
});

/** The shapes by the names that openapi.yaml gives them. */
export const sourceShapes = { Source, SourceInput, SourcePatch } as const;
