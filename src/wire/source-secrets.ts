import { Type } from "typebox";
import { Id, Nullable, TextOf, Time } from "../json/parts.ts";

const SourceSecretInput = Type.Object({
  secret: Type.Optional(TextOf(512, 1)),
  keepPreviousSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 * 86_400, default: 86_400 })),
});

export const SourceSecret = Type.Object({
  id: Id,
  createdAt: Time,
  /** Null: until it is replaced. */
  expiresAt: Nullable(Time),
  /** There once: in the answer that makes it. */
  secret: Type.Optional(Type.String()),
});

/** The shapes by the names that openapi.yaml gives them. */
export const sourceSecretShapes = { SourceSecret, SourceSecretInput } as const;
