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
      "`secret` is the one that the platform gave you, or one of at least 16 characters. If it is omitted, sipbook creates one. The previous secret stays valid for `keepPreviousSeconds`; 0 ends it at once.",
    examples: [{ keepPreviousSeconds: 86_400 }],
  },
);

export const SourceSecret = Type.Object(
  {
    id: Id,
    createdAt: Time,
    /** Null until the secret is replaced. */
    expiresAt: Nullable(Time),
    /** Only in the response that creates it. */
    secret: Type.Optional(Type.String()),
  },
  {
    description:
      "A secret that signs the requests of a source. `secret` is only in the response that creates it. `expiresAt` is null until the secret is replaced.",
    examples: [{ id: "01936d2f-3c00-7000-8000-0000000000ab", createdAt: moment, expiresAt: null }],
  },
);

/** The shapes by their names in openapi.yaml. */
export const sourceSecretShapes = { SourceSecret, SourceSecretInput } as const;
