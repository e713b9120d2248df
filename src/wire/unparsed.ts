import { type Static, Type } from "typebox";
import { Id, Nullable, OneOf, Time } from "../json/parts.ts";
import type { Receipts } from "./events.ts";

// What could not be understood, and what becomes of it when it is read again.

const ProblemRef = Type.Unsafe<unknown>({ $ref: "Problem#" });
const Texts = Type.Record(Type.String(), Type.String());

/** Without `headers`, `query` and `body` in lists. */
export const Unparsed = Type.Object({
  id: Id,
  contentType: Type.String(),
  size: Type.Integer(),
  times: Type.Integer(),
  firstAt: Time,
  lastAt: Time,
  problem: ProblemRef,
  headers: Type.Optional(Texts),
  query: Type.Optional(Texts),
  body: Type.Optional(Type.String()),
});

const UnparsedReplay = Type.Object({
  kind: OneOf(["events", "ignored", "unparsed"]),
  /** Why it tells of no event. */
  reason: Nullable(Type.String()),
  /** Why it is not understood still. */
  problem: Nullable(ProblemRef),
  receipts: Nullable(Type.Unsafe<Static<typeof Receipts>>({ $ref: "Receipts#" })),
});

const UnparsedReplays = Type.Object({
  events: Type.Integer(),
  ignored: Type.Integer(),
  unparsed: Type.Integer(),
  accepted: Type.Integer(),
  duplicates: Type.Integer(),
  rejected: Type.Integer(),
  next: Nullable(Id),
});

/** The shapes by the names that openapi.yaml gives them. */
export const unparsedShapes = { Unparsed, UnparsedReplay, UnparsedReplays } as const;
