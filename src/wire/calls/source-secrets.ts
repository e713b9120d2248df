import { Type } from "typebox";
import { Id, Nullable, TextOf, Time } from "../../json/parts.ts";
import { moment } from "../book/story.ts";

const SourceSecretInput = Type.Object(
  {
    secret: Type.Optional(TextOf(512, 1)),
    keepPreviousSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 * 86_400, default: 86_400 })),
  },
  {
    description:
      "Without `secret` one is made. For so long the former one counts as well; 0 ends it at once. At least 16 characters, or what the platform gave you.",
    examples: [{ keepPreviousSeconds: 86_400 }],
  },
);

export const SourceSecret = Type.Object(
  {
    id: Id,
    createdAt: Time,
    /** Null: until it is replaced. */
    expiresAt: Nullable(Time),
    /** There once: in the answer that makes it. */
    secret: Type.Optional(Type.String()),
  },
  {
    description:
      "A secret that signs for a source, without its text. `secret` is there once, in the answer that makes it. `expiresAt` is null until another takes its place.",
    examples: [{ id: "01936d2f-3c00-7000-8000-0000000000ab", createdAt: moment, expiresAt: null }],
  },
);

/** The shapes by the names that openapi.yaml gives them. */
export const sourceSecretShapes = { SourceSecret, SourceSecretInput } as const;
