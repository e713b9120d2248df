import { Type } from "typebox";
import { Id, Name, Nullable, OneOf, TextOf, Time } from "../../json/parts.ts";
import { moment } from "../book/story.ts";

const key = {
  id: "01936d2f-3c00-7000-8000-0000000000b1",
  name: "CRM",
  scopes: ["read"],
  source: null,
  createdAt: moment,
  expiresAt: null,
  revokedAt: null,
};
const Scope = OneOf(["ingest", "read", "write", "admin"]);

export const KeyInput = Type.Object(
  {
    name: TextOf(200, 1),
    scopes: Type.Array(Scope, { minItems: 1, uniqueItems: true }),
    source: Type.Optional(Nullable(Name)),
    expiresAt: Type.Optional(Nullable(Time)),
  },
  {
    description:
      "`source` is required with the scope `ingest` and not allowed without it: the only source that the key can report for.",
    examples: [{ name: "CRM", scopes: ["read"] }],
  },
);

export const Key = Type.Object(
  {
    id: Id,
    name: Type.String(),
    scopes: Type.Array(Scope),
    source: Nullable(Type.String()),
    createdAt: Time,
    expiresAt: Nullable(Time),
    revokedAt: Nullable(Time),
    key: Type.Optional(Type.String()),
  },
  { description: "An API key. `key`, its secret, is only in the response that creates it.", examples: [key] },
);
